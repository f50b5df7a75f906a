//! What deciding an event needs to know, and what is known of it.

use serde_json::json;
use tombola_domain::id::{CampaignId, EventId, ListName, PlayerId, PrizeId};
use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::events::{
    Answer, CampaignQuery, CampaignState, EventQuery, EventSnapshot, KnownEvent, Outcome, Waiting,
};

use super::rows;
use crate::db::{self, Connection, Row};
use crate::draws;
use crate::error::{alone, unavailable};
use crate::fields::{Fields, integer};

/// A row for each campaign. Lists and wins come as JSON, in the order in which they were asked for.
const STATES: &str = "
    SELECT q.key AS number, p.version, p.draws, p.month, p.month_count, p.day, p.day_count, p.chances_initial, p.chances_added,
           p.chances_used, p.chances_lapse_at, t.total AS tally_total, t.day AS tally_day, t.day_count AS tally_day_count,
           t.streak_days AS tally_streak_days,
           (SELECT coalesce(sum(total), 0) FROM tallies WHERE player = $1 AND campaign = q.value ->> 0) AS events,
           (SELECT json_group_array(json_array(iif(m.player IS NULL, 0, 1), coalesce(l.version, 0)) ORDER BY r.key)
            FROM jsonb_each(q.value, '$[1]') r
            LEFT JOIN lists l ON l.name = r.atom
            LEFT JOIN list_members m ON m.generation = l.generation AND m.player = $1) AS memberships,
           (SELECT json_group_array(json_array(coalesce(w.total, 0), iif(w.day >= CAST(q.value ->> 3 AS BIGINT), w.day_count, 0)) ORDER BY r.key)
            FROM jsonb_each(q.value, '$[2]') r
            LEFT JOIN wins w ON w.player = $1 AND w.campaign = q.value ->> 0 AND w.prize = r.atom) AS won
    FROM jsonb_each($3) q
    LEFT JOIN participations p ON p.player = $1 AND p.campaign = q.value ->> 0
    LEFT JOIN tallies t ON t.player = $1 AND t.campaign = q.value ->> 0 AND t.type = $2
    ORDER BY q.key";

/// The event is looked for last: where it is not there, its campaigns were not decided at the time of what was read before.
pub(super) async fn read(connection: &mut Connection, query: &EventQuery) -> Result<EventSnapshot> {
    let wanted = query.campaigns.iter().map(|CampaignQuery { campaign, lists, wins, day }| {
        let lists: Vec<_> = lists.iter().map(ListName::as_str).collect();
        let wins: Vec<_> = wins.iter().map(PrizeId::as_str).collect();
        json!([campaign.as_str(), lists, wins, day])
    });
    let found = db::query(STATES)
        .bind(query.player.as_str())
        .bind(query.event_type.as_str())
        .bind(json!(wanted.collect::<Vec<_>>()).to_string())
        .fetch_all(&mut *connection)
        .await
        .map_err(unavailable)?;
    let campaigns = found.iter().map(state).collect::<Result<_>>()?;
    Ok(EventSnapshot { known: known(connection, &query.player, &query.id).await?, campaigns })
}

fn state(row: &Row) -> Result<CampaignState> {
    Ok(CampaignState {
        participation: draws::participation(row)?,
        lists: draws::memberships(row)?,
        wins: draws::wins(row)?,
        tally: rows::tally(row)?,
        events: Fields { table: "tallies", key: "number", row }.count("events")?,
    })
}

/// An event, and what became of it.
pub(super) async fn known(connection: &mut Connection, player: &PlayerId, id: &EventId) -> Result<Option<KnownEvent>> {
    let row = db::query(rows::events!("WHERE player = $1 AND id = $2"))
        .bind(player.as_str())
        .bind(id.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(unavailable)?;
    match row {
        Some(row) => with_answers(connection, &row).await.map(Some),
        None => Ok(None),
    }
}

pub(super) async fn with_answers(connection: &mut Connection, row: &Row) -> Result<KnownEvent> {
    let fields = Fields { table: "events", key: "number", row };
    let number = integer(fields.count("number")?);
    // What waits may be decided before the next read, and then stands in both.
    let others = db::query("SELECT * FROM event_campaigns WHERE event = $1")
        .bind(number)
        .fetch_all(&mut *connection)
        .await
        .map_err(unavailable)?;
    let decided = db::query(rows::OF_EVENT).bind(number).fetch_all(&mut *connection).await.map_err(unavailable)?;
    let reversed = db::query("SELECT * FROM reversals WHERE event = $1")
        .bind(number)
        .fetch_all(&mut *connection)
        .await
        .map_err(unavailable)?;
    let decided = decided.iter().map(|row| {
        let rebate = rows::rebate_with_codes(row)?;
        Ok(Answer { campaign: rebate.campaign.clone(), outcome: Outcome::Decided(rebate) })
    });
    let mut answers: Vec<_> = decided
        .chain(others.iter().map(rows::undecided))
        .chain(reversed.iter().map(rows::reversed))
        .collect::<Result<_>>()?;
    answers.sort_by(|one, other| one.campaign.cmp(&other.campaign));
    answers.dedup_by(|later, earlier| later.campaign == earlier.campaign);
    Ok(KnownEvent { event: rows::event(row)?, request: fields.digest("request")?, answers })
}

/// Events that are to be looked at again in these campaigns.
pub(super) async fn waiting(
    connection: &mut Connection,
    campaigns: &[CampaignId],
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Waiting>> {
    let campaigns: Vec<_> = campaigns.iter().map(CampaignId::as_str).collect();
    // So many of each campaign, so that none stands behind another's.
    let found = db::query(
        "SELECT events.*, NULL AS reversed_id, w.attempts FROM (
             SELECT e.event, min(e.due) AS due, max(e.attempts) AS attempts FROM json_each($1) q
             JOIN event_campaigns e ON e.campaign = q.atom AND e.event IN (
                 SELECT event FROM event_campaigns WHERE campaign = q.atom AND due <= $2 ORDER BY due LIMIT $3)
             GROUP BY e.event) w
         JOIN events ON number = w.event ORDER BY w.due",
    )
    .bind(json!(campaigns).to_string())
    .bind(now.as_millis())
    .bind(limit)
    .fetch_all(&mut *connection)
    .await
    .map_err(unavailable)?;
    let mut waiting = Vec::with_capacity(found.len());
    for row in &found {
        let fields = Fields { table: "event_campaigns", key: "number", row };
        // How often it was tried says no more than how long it is put off.
        let attempts = u32::try_from(fields.get::<i64>("attempts")?.max(0)).unwrap_or(u32::MAX);
        let number = fields.count("number")?;
        let event = alone(with_answers(connection, row).await)?;
        waiting.push(Waiting { number, event, attempts });
    }
    Ok(waiting)
}
