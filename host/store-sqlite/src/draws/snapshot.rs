//! All that one draw needs to know of its player.

use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use tombola_domain::id::{ListName, PrizeId};
use tombola_domain::series::Series;
use tombola_store::Result;
use tombola_store::draws::{KnownDraws, Membership, Snapshot, SnapshotQuery, Wins};

use super::rows;
use crate::error::unavailable;
use crate::fields::Fields;

/// One statement: lists and wins come as JSON, in the order in which they were asked for. One row, or one for each draw
/// that the key made.
pub(super) async fn read(connection: &mut SqliteConnection, query: &SnapshotQuery) -> Result<Snapshot> {
    let rows = sqlx::query(
        "SELECT p.version, p.draws, p.month, p.month_count, p.day, p.day_count, p.chances, d.*,
                CASE WHEN ?4 IS NOT NULL THEN (
                    SELECT json_group_array(json_array(m.list IS NOT NULL, coalesce(l.version, 0)) ORDER BY q.key)
                    FROM json_each(?4) q
                    LEFT JOIN lists l ON l.name = q.value
                    LEFT JOIN list_members m ON m.player = ?1 AND m.list = q.value
                ) END AS memberships,
                CASE WHEN ?5 IS NOT NULL THEN (
                    SELECT json_group_array(json_array(coalesce(w.total, 0), iif(w.day = ?6, w.day_count, 0))
                                            ORDER BY q.key)
                    FROM json_each(?5) q
                    LEFT JOIN wins w ON w.player = ?1 AND w.campaign = ?2 AND w.prize = q.value
                ) END AS won
         FROM (SELECT 1)
         LEFT JOIN participations p ON p.player = ?1 AND p.campaign = ?2
         LEFT JOIN draws d ON d.player = ?1 AND d.campaign = ?2 AND d.key = ?3",
    )
    .bind(query.player.as_str())
    .bind(query.campaign.as_str())
    .bind(query.key.as_str())
    .bind(wanted(query.lists.iter().map(ListName::as_str)))
    .bind(wanted(query.wins.iter().map(PrizeId::as_str)))
    .bind(query.day)
    .fetch_all(connection)
    .await
    .map_err(unavailable)?;
    let row = rows.first().ok_or_else(|| unavailable(sqlx::Error::RowNotFound))?;
    Ok(Snapshot {
        known: known(&rows)?,
        participation: rows::participation(row)?,
        lists: memberships(row)?,
        wins: wins(row)?,
    })
}

fn wanted<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let names: Vec<&str> = names.collect();
    (!names.is_empty()).then(|| json!(names).to_string())
}

fn known(rows: &[SqliteRow]) -> Result<Option<KnownDraws>> {
    let Some(first) = rows.first() else { return Ok(None) };
    if first.try_get::<Option<&str>, _>("id").map_err(unavailable)?.is_none() {
        return Ok(None);
    }
    let request = Fields { table: "draws", key: "id", row: first }.digest("request")?;
    let mut draws: Vec<_> = rows.iter().map(rows::draw).collect::<Result<_>>()?;
    draws.sort_unstable_by_key(|draw| draw.ordinal);
    Ok(Series::from_vec(draws).map(|draws| KnownDraws { request, draws }))
}

fn memberships(row: &SqliteRow) -> Result<Vec<Membership>> {
    let found: Vec<(u8, u64)> = aggregate(&Fields { table: "lists", key: "campaign", row }, "memberships")?;
    Ok(found.into_iter().map(|(member, version)| Membership { member: member == 1, version }).collect())
}

fn wins(row: &SqliteRow) -> Result<Vec<Wins>> {
    let found: Vec<(u64, u64)> = aggregate(&Fields { table: "wins", key: "campaign", row }, "won")?;
    Ok(found.into_iter().map(|(total, today)| Wins { total, today }).collect())
}

fn aggregate<T: serde::de::DeserializeOwned>(fields: &Fields<'_>, column: &'static str) -> Result<Vec<T>> {
    if fields.get::<Option<&str>>(column)?.is_none() {
        return Ok(vec![]);
    }
    fields.json(column)
}
