//! All that one draw needs to know of its player.

use tombola_domain::id::{ListName, PrizeId};
use tombola_domain::series::Series;
use tombola_store::Result;
use tombola_store::draws::{KnownDraws, Membership, Snapshot, SnapshotQuery, Wins};

use super::rows;
use crate::db::{self, Connection, Row};
use crate::error::unavailable;
use crate::fields::Fields;

/// What a snapshot asks for, as the statement reads it: player, campaign, key, lists, prizes whose wins are asked for, and the
/// day that counts as today.
pub(super) fn wanted(query: &SnapshotQuery) -> String {
    let SnapshotQuery { campaign, player, key, lists, wins, day } = query;
    let lists: Vec<&str> = lists.iter().map(ListName::as_str).collect();
    let wins: Vec<&str> = wins.iter().map(PrizeId::as_str).collect();
    let wanted = (player.as_str(), campaign.as_str(), key.as_str(), lists, wins, day);
    serde_json::to_string(&wanted).expect("texts and integers are JSON")
}

/// A row for each snapshot, or one for each draw that its key made, all of one moment. Lists and wins come as JSON, in the order in which they were asked for.
pub(super) async fn read(connection: &mut Connection, wanted: String) -> Result<Vec<Row>, sqlx::Error> {
    db::query(
        "SELECT q.key AS number, p.version, p.draws, p.month, p.month_count, p.day, p.day_count,
                p.chances_initial, p.chances_added, p.chances_used, p.chances_lapse_at, d.*, c.code AS coupon_code,
                (SELECT json_group_array(json_array(iif(m.player IS NULL, 0, 1), coalesce(l.version, 0)) ORDER BY r.key)
                 FROM jsonb_each(q.value, '$[3]') r
                 LEFT JOIN lists l ON l.name = r.atom
                 LEFT JOIN list_members m ON m.generation = l.generation AND m.player = q.value ->> 0) AS memberships,
                (SELECT json_group_array(json_array(coalesce(w.total, 0), iif(w.day >= CAST(q.value ->> 5 AS BIGINT), w.day_count, 0))
                                         ORDER BY r.key)
                 FROM jsonb_each(q.value, '$[4]') r
                 LEFT JOIN wins w ON w.player = q.value ->> 0 AND w.campaign = q.value ->> 1 AND w.prize = r.atom
                ) AS won
         FROM jsonb_each($1) q
         LEFT JOIN participations p ON p.player = q.value ->> 0 AND p.campaign = q.value ->> 1
         LEFT JOIN draws d ON d.player = q.value ->> 0 AND d.campaign = q.value ->> 1 AND d.key = q.value ->> 2
         LEFT JOIN codes c ON c.award = d.position",
    )
    .bind(wanted)
    .fetch_all(connection)
    .await
}

/// What the rows of one snapshot say.
pub(super) fn snapshot(rows: &[Row]) -> Result<Snapshot> {
    let row = rows.first().ok_or_else(|| unavailable(sqlx::Error::RowNotFound))?;
    Ok(Snapshot {
        known: known(rows)?,
        participation: rows::participation(row)?,
        lists: memberships(row)?,
        wins: wins(row)?,
    })
}

fn known(rows: &[Row]) -> Result<Option<KnownDraws>> {
    let Some(first) = rows.first() else { return Ok(None) };
    if first.try_get::<Option<&str>, _>("id").map_err(unavailable)?.is_none() {
        return Ok(None);
    }
    let request = Fields { table: "draws", key: "id", row: first }.digest("request")?;
    let mut draws: Vec<_> = rows.iter().map(rows::draw_with_code).collect::<Result<_>>()?;
    draws.sort_unstable_by_key(|draw| draw.ordinal);
    Ok(Series::from_vec(draws).map(|draws| KnownDraws { request, draws }))
}

pub(crate) fn memberships(row: &Row) -> Result<Vec<Membership>> {
    let found: Vec<(u8, u64)> = Fields { table: "lists", key: "campaign", row }.json("memberships")?;
    Ok(found.into_iter().map(|(member, version)| Membership { member: member == 1, version }).collect())
}

pub(crate) fn wins(row: &Row) -> Result<Vec<Wins>> {
    let found: Vec<(u64, u64)> = Fields { table: "wins", key: "campaign", row }.json("won")?;
    Ok(found.into_iter().map(|(total, today)| Wins { total, today }).collect())
}
