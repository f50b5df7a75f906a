//! What holds when events are committed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::json;
use tombola_domain::id::{CampaignId, CodePoolName, EventId, PlayerId, UnitName};
use tombola_domain::ledger::{Book, Wish};
use tombola_domain::rebate::Gain;
use tombola_domain::stock::{Bucket, Supply};
use tombola_store::Result;
use tombola_store::events::{DecidedRebate, EventCommit};
use tombola_store::ledger::Unit;

use super::{campaign, code_pool, possible, prize, stocks};
use crate::chances::Room;
use crate::codes::giving::{self, Held};
use crate::db;
use crate::draws::{self, StockKey};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::ledger;
use crate::writer::Write;

/// What holds now.
pub(super) struct Found {
    /// Numbers of events that are known.
    pub(super) events: HashMap<(PlayerId, EventId), u64>,
    pub(super) versions: HashMap<(PlayerId, CampaignId), u64>,
    /// Where known events wait.
    pub(super) waiting: HashSet<(u64, CampaignId)>,
    pub(super) supply: Supply<StockKey, CampaignId>,
    pub(super) held: Held,
    pub(super) units: HashMap<UnitName, Unit>,
    pub(super) book: Book,
    /// Of chances, for players who get any.
    pub(super) room: Room,
}

/// Reads all that a batch of events is checked against, and takes from.
pub(super) async fn read(write: &mut Write, batch: &[EventCommit]) -> Result<Found> {
    let events: Vec<_> = batch.iter().map(|commit| (commit.event.player.as_str(), commit.event.id.as_str())).collect();
    let rows = db::query(
        "SELECT e.number, e.player, e.id FROM json_each($1) q
         JOIN events e ON e.player = q.value ->> 0 AND e.id = q.value ->> 1",
    )
    .bind(json!(events).to_string())
    .fetch_all(write)
    .await
    .map_err(unavailable)?;
    let event = |row| {
        let fields = Fields { table: "events", key: "number", row };
        Ok(((fields.parsed("player")?, fields.parsed("id")?), fields.count("number")?))
    };
    let events: HashMap<_, _> = rows.iter().map(event).collect::<Result<_>>()?;
    let wishes: Vec<Wish> = batch.iter().flat_map(possible).collect();
    let book = ledger::read(write, wishes.iter()).await?;
    let held = hold(write, batch).await?;
    let mut buckets = buckets(write, batch).await?;
    buckets.extend(held.buckets().map(|(pool, bucket)| (StockKey::Codes(pool.clone()), bucket)));
    let mut counted = batch.iter().flat_map(|commit| &commit.rebates).flat_map(stocks);
    if let Some(missing) = counted.find(|key| !buckets.contains_key(key)) {
        return Err(draws::without_stock(&missing));
    }
    // What was decided on an older activation may name another unit.
    let current = batch.iter().filter(|commit| commit.activation == write.activation);
    let mut budgets = HashMap::new();
    for rebate in current.flat_map(|commit| &commit.rebates) {
        if let Some(unit) = &rebate.budget {
            let prizes = rebate.receipt.rewards.iter().filter(|reward| reward.cost > 0).filter_map(prize);
            ledger::add_budget(&mut budgets, &book, campaign(&rebate.receipt), unit, prizes);
        }
    }
    Ok(Found {
        versions: versions(write, batch).await?,
        waiting: waiting(write, events.values()).await?,
        supply: Supply { buckets, budgets },
        held,
        units: ledger::units(write).await?,
        room: Room::read(write, gaining_chances(batch)).await?,
        book,
        events,
    })
}

/// Who gets chances where.
fn gaining_chances(batch: &[EventCommit]) -> impl Iterator<Item = (&PlayerId, &CampaignId)> {
    batch.iter().flat_map(|commit| {
        let gives = |rebate: &&DecidedRebate| rebate.receipt.rewards.iter().any(|reward| reward.gain == Gain::Chances);
        let rebates = commit.rebates.iter().filter(gives);
        rebates.map(|rebate| (&commit.event.player, campaign(&rebate.receipt)))
    })
}

async fn versions(write: &mut Write, batch: &[EventCommit]) -> Result<HashMap<(PlayerId, CampaignId), u64>> {
    let players = batch.iter().flat_map(|commit| {
        commit.rebates.iter().map(|rebate| (commit.event.player.as_str(), campaign(&rebate.receipt).as_str()))
    });
    let players: BTreeSet<_> = players.collect();
    let rows = db::query(
        "SELECT player, campaign, version FROM json_each($1) q
         JOIN participations ON player = q.value ->> 0 AND campaign = q.value ->> 1",
    )
    .bind(json!(players).to_string())
    .fetch_all(write)
    .await
    .map_err(unavailable)?;
    let version = |row| {
        let fields = Fields { table: "participations", key: "campaign", row };
        Ok(((fields.parsed("player")?, fields.parsed("campaign")?), fields.count("version")?))
    };
    rows.iter().map(version).collect()
}

async fn waiting(write: &mut Write, events: impl Iterator<Item = &u64> + Send) -> Result<HashSet<(u64, CampaignId)>> {
    let events: Vec<_> = events.map(|number| integer(*number)).collect();
    if events.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = db::query(
        "SELECT event, campaign FROM json_each($1) q JOIN event_campaigns ON event = CAST(q.atom AS BIGINT) WHERE due IS NOT NULL",
    )
    .bind(json!(events).to_string())
    .fetch_all(write)
    .await
    .map_err(unavailable)?;
    let place = |row| {
        let fields = Fields { table: "event_campaigns", key: "campaign", row };
        Ok((fields.count("event")?, fields.parsed("campaign")?))
    };
    rows.iter().map(place).collect()
}

/// Holds a code for each reward that may get one.
async fn hold(write: &mut Write, batch: &[EventCommit]) -> Result<Held> {
    let mut wanted: BTreeMap<&CodePoolName, usize> = BTreeMap::new();
    let hand_overs = batch.iter().flat_map(|commit| &commit.rebates).flat_map(|rebate| &rebate.hand_overs);
    for pool in hand_overs.filter_map(|hand_over| code_pool(hand_over.as_ref())) {
        *wanted.entry(pool).or_default() += 1;
    }
    // Nobody gets a code that had expired when the event was decided.
    match batch.iter().map(|commit| commit.decided_at).max() {
        Some(latest) if !wanted.is_empty() => giving::hold(write, &wanted, latest).await,
        _ => Ok(Held::default()),
    }
}

async fn buckets(write: &mut Write, batch: &[EventCommit]) -> Result<HashMap<StockKey, Bucket>> {
    let rebates = batch.iter().flat_map(|commit| &commit.rebates);
    let stocked = rebates.flat_map(|rebate| {
        let prizes = rebate.receipt.rewards.iter().zip(&rebate.hand_overs);
        let prizes = prizes.filter(|(reward, hand_over)| reward.stocked && code_pool(hand_over.as_ref()).is_none());
        prizes.filter_map(|(reward, _)| Some((campaign(&rebate.receipt).as_str(), prize(reward)?.as_str())))
    });
    let stocked: BTreeSet<_> = stocked.collect();
    if stocked.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = db::query(
        "SELECT stock.* FROM json_each($1) q JOIN stock ON campaign = q.value ->> 0 AND prize = q.value ->> 1",
    )
    .bind(json!(stocked).to_string())
    .fetch_all(write)
    .await
    .map_err(unavailable)?;
    rows.iter().map(draws::read_bucket).collect()
}
