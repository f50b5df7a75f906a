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
        .execute(write)
        .await
        .map_err(unavailable)?;
    Ok(())
}

/// A player may get one prize several times, so that wins are added up first.
const GIVE: &str = "
    INSERT INTO awards (position, prize, amount, deliver, state)
    SELECT $2 + 1 + q.key, q.value ->> 'prize', CAST(q.value ->> 'amount' AS BIGINT), q.value ->> 'deliver', q.value ->> 'state' FROM json_each($1) q;

    INSERT INTO rebate_awards (position, id, rebate, place, campaign, player, title, data, won_at)
    SELECT $2 + 1 + q.key, q.value ->> 'id', CAST(q.value ->> 'rebate' AS BIGINT), CAST(q.value ->> 'place' AS BIGINT),
           q.value ->> 'campaign', q.value ->> 'player', q.value ->> 'title',
           q.value ->> 'data', CAST(q.value ->> 'at' AS BIGINT) FROM json_each($1) q;

    INSERT INTO tasks (queue, due, number, since)
    SELECT q.value ->> 'queue', CAST(q.value ->> 'at' AS BIGINT), $2 + 1 + q.key, CAST(q.value ->> 'at' AS BIGINT) FROM json_each($1) q
    WHERE q.value ->> 'queue' IS NOT NULL;

    INSERT INTO wins (player, campaign, prize, total, day, day_count)
    SELECT player, campaign, prize, count(*), max(day), sum(CASE WHEN day = latest THEN 1 ELSE 0 END) FROM (
        SELECT *, max(day) OVER (PARTITION BY player, campaign, prize) AS latest FROM (
            SELECT q.value ->> 'player' AS player, q.value ->> 'campaign' AS campaign, q.value ->> 'prize' AS prize,
                   CAST(q.value ->> 'day' AS BIGINT) AS day FROM json_each($1) q) won) won
    WHERE true GROUP BY player, campaign, prize
    ON CONFLICT (player, campaign, prize) DO UPDATE SET total = wins.total + excluded.total,
       day_count = CASE WHEN wins.day >= excluded.day THEN wins.day_count + excluded.total ELSE excluded.day_count END,
       day = max(wins.day, excluded.day);

    -- Draws that were decided on fewer wins are decided again.
    UPDATE participations SET version = version + 1 WHERE (player, campaign) IN (
        SELECT CAST(value ->> 'player' AS TEXT), CAST(value ->> 'campaign' AS TEXT) FROM json_each($1))";
