//! Prizes that are given for events: awards, their tasks and wins.

use serde_json::json;
use tombola_domain::award::{Delivery, State};
use tombola_domain::id::{AwardId, CampaignId, PlayerId, PrizeId, RebateId};
use tombola_domain::stock::Token;
use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::draws::HandOver;

use crate::codes::giving::{self, Held};
use crate::db;
use crate::delivery;
use crate::error::unavailable;
use crate::fields::integer;
use crate::writer::Write;

/// A prize that somebody gets for an event.
pub(super) struct Given<'a> {
    pub(super) rebate: &'a RebateId,
    /// The rebate's position.
    pub(super) source: u64,
    /// The reward's place there.
    pub(super) place: usize,
    pub(super) campaign: &'a CampaignId,
    pub(super) player: &'a PlayerId,
    pub(super) prize: &'a PrizeId,
    pub(super) amount: i64,
    pub(super) hand_over: &'a HandOver,
    /// Of a counted stock.
    pub(super) token: Option<Token>,
    pub(super) at: Timestamp,
    /// The day under which it is counted.
    pub(super) day: i32,
}

impl Given<'_> {
    /// The code that its unit stands for.
    pub(super) fn code(&self, held: &Held) -> Option<giving::Given> {
        let pool = self.hand_over.delivery.as_ref().and_then(Delivery::code_pool)?;
        Some(held.code(pool, self.token?))
    }
}

/// Writes what is given, at the positions after `before`.
pub(super) async fn give(write: &mut Write, before: u64, given: &[Given<'_>]) -> Result<()> {
    if given.is_empty() {
        return Ok(());
    }
    let rows = given.iter().map(|given| {
        let Given { rebate, source, place, campaign, player, prize, amount, hand_over, at, day, token: _ } = given;
        let HandOver { title, data, delivery } = hand_over;
        json!({
            "id": AwardId::of_rebate(rebate, *place).as_str(), "rebate": integer(*source), "place": place, "campaign": campaign.as_str(),
            "player": player.as_str(), "prize": prize.as_str(), "amount": amount, "title": title, "data": data,
            "deliver": delivery.as_ref().map(delivery::encode), "state": State::first(delivery.as_ref()).as_str(),
            "queue": delivery.as_ref().and_then(Delivery::queue).map(|queue| queue.to_string()),
            "at": at.as_millis(), "day": day,
        })
    });
    db::query(GIVE)
        .bind(json!(rows.collect::<Vec<_>>()).to_string())
        .bind(integer(before))
        .execute(&mut **write)
        .await
        .map_err(unavailable)?;
    Ok(())
}

/// A player may get one prize several times, so that wins are added up first.
const GIVE: &str = "
    INSERT INTO awards (position, prize, amount, deliver, state)
    SELECT $2 + 1 + q.key, q.value ->> 'prize', q.value ->> 'amount', q.value ->> 'deliver', q.value ->> 'state' FROM json_each($1) q;

    INSERT INTO rebate_awards (position, id, rebate, place, campaign, player, title, data, won_at)
    SELECT $2 + 1 + q.key, q.value ->> 'id', q.value ->> 'rebate', q.value ->> 'place', q.value ->> 'campaign', q.value ->> 'player', q.value ->> 'title',
           q.value ->> 'data', q.value ->> 'at' FROM json_each($1) q;

    INSERT INTO tasks (queue, due, number, since)
    SELECT q.value ->> 'queue', q.value ->> 'at', $2 + 1 + q.key, q.value ->> 'at' FROM json_each($1) q
    WHERE q.value ->> 'queue' IS NOT NULL;

    INSERT INTO wins (player, campaign, prize, total, day, day_count)
    SELECT q.value ->> 'player', q.value ->> 'campaign', q.value ->> 'prize', count(*), q.value ->> 'day', count(*)
    FROM json_each($1) q GROUP BY 1, 2, 3, 5 ORDER BY 5
    ON CONFLICT (player, campaign, prize) DO UPDATE SET total = total + excluded.total,
       day_count = iif(day >= excluded.day, day_count, 0) + excluded.day_count, day = max(day, excluded.day);

    -- Draws that were decided on fewer wins are decided again.
    UPDATE participations SET version = version + 1 WHERE (player, campaign) IN (
        SELECT CAST(value ->> 'player' AS TEXT), CAST(value ->> 'campaign' AS TEXT) FROM json_each($1))";
