//! What a player won by events.

use std::collections::HashMap;

use tombola_domain::id::{AwardId, CampaignId, EventId, PlayerId};
use tombola_store::Result;
use tombola_store::awards::{AwardHistory, WonByEvent};

use crate::db::{self, Connection, Row};
use crate::error::unavailable;
use crate::fields::{Fields, clamped};

/// An award, and the event where it is its player's own.
type Found = (AwardId, Option<EventId>);

/// Latest first. What others did is theirs to know, though it won something for who brought them.
pub(super) async fn by_events(
    reader: &mut Connection,
    campaign: &CampaignId,
    player: &PlayerId,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<Found>> {
    let rows = db::query(
        "SELECT r.id, CASE WHEN b.player = r.player THEN e.id END AS event
         FROM rebate_awards r JOIN rebates b ON b.position = r.rebate JOIN events e ON e.number = b.event
         WHERE r.player = $1 AND r.campaign = $2 AND r.position < $3 ORDER BY r.position DESC LIMIT $4",
    )
    .bind(player.as_str())
    .bind(campaign.as_str())
    .bind(before.map_or(i64::MAX, clamped))
    .bind(limit)
    .fetch_all(reader)
    .await
    .map_err(unavailable)?;
    let found = |row: &Row| {
        let fields = Fields { table: "rebate_awards", key: "id", row };
        Ok((fields.parsed("id")?, fields.optional_parsed("event")?))
    };
    rows.iter().map(found).collect()
}

/// Each with its history, as it was found.
pub(super) fn in_order(found: Vec<Found>, histories: Vec<AwardHistory>) -> Vec<WonByEvent> {
    let mut histories: HashMap<_, _> =
        histories.into_iter().map(|history| (history.award.id.clone(), history)).collect();
    let won = |(award, event): Found| Some(WonByEvent { history: histories.remove(&award)?, event });
    found.into_iter().filter_map(won).collect()
}
