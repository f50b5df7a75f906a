//! The commit of events, step by step.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::json;
use tombola_domain::event::Tally;
use tombola_domain::id::{CampaignId, EventId, PlayerId, RebateId, UnitName};
use tombola_domain::ledger::{Account, Book, House, Lapse, Transfer, Wish};
use tombola_domain::rebate::{Disclosure, Gain, OpenReceipt, Receipt, Recipient, Reward, Verdict};
use tombola_domain::signature::Signer;
use tombola_domain::stock::Bucket;
use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::draws::{Dropped, HandOver};
use tombola_store::events::{Answer, DecidedRebate, EventCommit, NotCommitted};
use tombola_store::ledger::{NotPosted, Unit};

use super::save;
use crate::aside::Aside;
use crate::draws::{self, StockKey};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::ledger;
use crate::writer::Write;

/// An event that goes in.
pub(super) struct Closed {
    pub(super) commit: EventCommit,
    /// Its number, where it was known before.
    pub(super) number: Option<u64>,
    pub(super) rebates: Vec<ClosedRebate>,
}

/// What one campaign gives, with its verdicts.
pub(super) struct ClosedRebate {
    pub(super) decided: Decided,
    pub(super) receipt: Receipt,
    /// What the player gets of points.
    pub(super) transfers: Vec<Transfer>,
}

/// [`DecidedRebate`] without its open receipt.
pub(super) struct Decided {
    pub(super) id: RebateId,
    pub(super) tally: Tally,
    pub(super) day: i32,
    pub(super) granted: Option<u64>,
    pub(super) hand_overs: Vec<Option<HandOver>>,
    pub(super) disclosure: Disclosure,
}

/// What became of one rebate's rewards, and the transfers of its points.
type Settled = (Vec<Verdict>, Vec<Transfer>);

/// What holds now.
struct Found {
    /// Numbers of events that are known.
    events: HashMap<(PlayerId, EventId), u64>,
    versions: HashMap<(PlayerId, CampaignId), u64>,
    /// Where known events wait.
    waiting: HashSet<(u64, CampaignId)>,
    buckets: HashMap<StockKey, Bucket>,
    units: HashMap<UnitName, Unit>,
    book: Book,
}

/// Commits what can be, in one transaction, and answers for each event in its order.
pub(super) async fn commit(
    mut write: Write,
    batch: Vec<EventCommit>,
    signer: Option<&Signer>,
    aside: &Aside,
) -> Result<Vec<Result<Vec<Answer>, NotCommitted>>> {
    let mut found = read(&mut write, &batch).await?;
    let before = found.buckets.clone();
    let (mut closed, mut places) = (Vec::new(), Vec::with_capacity(batch.len()));
    for commit in batch {
        places.push(found.close(write.activation, commit).map(|event| {
            closed.push(event);
            closed.len() - 1
        }));
    }
    let answers: Vec<_> = closed.iter().map(save::answers).collect();
    if !closed.is_empty() {
        draws::save_buckets(&mut write, &before, &found.buckets).await?;
        save::save(&mut write, found.book, &closed, signer).await?;
        let along = aside.next();
        if let Some(piece) = &along {
            piece.run(&mut write).await?;
        }
        write.commit().await?;
        if let Some(piece) = along {
            piece.done();
        }
    }
    Ok(places.into_iter().map(|place| place.map(|place| answers[place].clone())).collect())
}

async fn read(write: &mut Write, batch: &[EventCommit]) -> Result<Found> {
    let events: Vec<_> = batch.iter().map(|commit| (commit.event.player.as_str(), commit.event.id.as_str())).collect();
    let rows = sqlx::query(
        "SELECT e.number, e.player, e.id FROM json_each(?) q
         JOIN events e ON e.player = q.value ->> 0 AND e.id = q.value ->> 1",
    )
    .bind(json!(events).to_string())
    .fetch_all(&mut **write)
    .await
    .map_err(unavailable)?;
    let event = |row| {
        let fields = Fields { table: "events", key: "number", row };
        Ok(((fields.parsed("player")?, fields.parsed("id")?), fields.count("number")?))
    };
    let events: HashMap<_, _> = rows.iter().map(event).collect::<Result<_>>()?;
    let wishes: Vec<Wish> = batch.iter().flat_map(possible).collect();
    Ok(Found {
        versions: versions(write, batch).await?,
        waiting: waiting(write, events.values()).await?,
        buckets: buckets(write, batch).await?,
        units: ledger::units(write).await?,
        book: ledger::read(write, wishes.iter()).await?,
        events,
    })
}

async fn versions(write: &mut Write, batch: &[EventCommit]) -> Result<HashMap<(PlayerId, CampaignId), u64>> {
    let players = batch.iter().flat_map(|commit| {
        commit.rebates.iter().map(|rebate| (commit.event.player.as_str(), campaign(&rebate.receipt).as_str()))
    });
    let players: BTreeSet<_> = players.collect();
    let rows = sqlx::query(
        "SELECT player, campaign, version FROM json_each(?) q
         JOIN participations ON player = q.value ->> 0 AND campaign = q.value ->> 1",
    )
    .bind(json!(players).to_string())
    .fetch_all(&mut **write)
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
    let rows = sqlx::query(
        "SELECT event, campaign FROM json_each(?) q JOIN event_campaigns ON event = q.value WHERE due IS NOT NULL",
    )
    .bind(json!(events).to_string())
    .fetch_all(&mut **write)
    .await
    .map_err(unavailable)?;
    let place = |row| {
        let fields = Fields { table: "event_campaigns", key: "campaign", row };
        Ok((fields.count("event")?, fields.parsed("campaign")?))
    };
    rows.iter().map(place).collect()
}

async fn buckets(write: &mut Write, batch: &[EventCommit]) -> Result<HashMap<StockKey, Bucket>> {
    let rebates = batch.iter().flat_map(|commit| &commit.rebates);
    let stocked = rebates.flat_map(|rebate| {
        let prizes = rebate.receipt.rewards.iter().filter(|reward| reward.stocked);
        prizes.filter_map(|reward| match &reward.gain {
            Gain::Prize(prize) => Some((campaign(&rebate.receipt).as_str(), prize.as_str())),
            Gain::Points(_) | Gain::Chances => None,
        })
    });
    let stocked: BTreeSet<_> = stocked.collect();
    if stocked.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query(
        "SELECT stock.* FROM json_each(?) q JOIN stock ON campaign = q.value ->> 0 AND prize = q.value ->> 1",
    )
    .bind(json!(stocked).to_string())
    .fetch_all(&mut **write)
    .await
    .map_err(unavailable)?;
    rows.iter().map(draws::read_bucket).collect()
}

pub(super) fn campaign(receipt: &OpenReceipt) -> &CampaignId {
    &receipt.terms.campaign
}

fn has_stock(rebate: &DecidedRebate) -> bool {
    rebate.receipt.rewards.iter().any(|reward| reward.stocked)
}

/// Transfers that may come of an event, for the accounts that they touch.
fn possible(commit: &EventCommit) -> impl Iterator<Item = Wish> {
    let rewards = commit.rebates.iter().flat_map(|rebate| &rebate.receipt.rewards);
    let points = rewards.filter_map(|reward| Some((points(reward)?, reward.amount)));
    points.map(|(unit, amount)| points_to(&commit.event.player, unit, amount, Lapse::Never))
}

/// The unit of a reward that is points for the event's player.
fn points(reward: &Reward) -> Option<&UnitName> {
    match (&reward.gain, reward.recipient) {
        (Gain::Points(unit), Recipient::Player) => Some(unit),
        _ => None,
    }
}

/// What the house issues to a player.
pub(super) fn points_to(player: &PlayerId, unit: &UnitName, amount: i64, lapse: Lapse) -> Wish {
    let (from, to) = (Account::House(House::Issue), Account::Player(player.clone()));
    Wish { unit: unit.clone(), from, to, amount, lapse }
}

impl Found {
    /// Gives an event its verdicts, or says why it is left out; then nothing of it was taken.
    fn close(&mut self, activation: u64, commit: EventCommit) -> Result<Closed, NotCommitted> {
        let number = self.check(activation, &commit)?;
        // A posting is made as a whole or not at all, so that only what is taken before another one fails is undone.
        let before = (commit.rebates.len() > 1).then(|| self.book.clone());
        let buckets = commit.rebates.iter().any(has_stock).then(|| self.buckets.clone());
        match self.settle(&commit) {
            Ok(settled) => Ok(self.take(commit, number, settled)),
            Err(refused) => {
                self.book = before.unwrap_or_else(|| std::mem::take(&mut self.book));
                self.buckets = buckets.unwrap_or_else(|| std::mem::take(&mut self.buckets));
                Err(refused)
            }
        }
    }

    /// Whether all that was decided on still holds. Answers the number of an event that is known.
    fn check(&self, activation: u64, commit: &EventCommit) -> Result<Option<u64>, Dropped> {
        if commit.activation != activation {
            return Err(Dropped::Superseded(activation));
        }
        let number = self.events.get(&(commit.event.player.clone(), commit.event.id.clone())).copied();
        let is_unchanged = |rebate: &DecidedRebate| {
            let key = (commit.event.player.clone(), campaign(&rebate.receipt).clone());
            self.versions.get(&key).copied().unwrap_or(0) == rebate.expected_version
        };
        let waits =
            |campaign: &CampaignId| number.is_some_and(|number| self.waiting.contains(&(number, campaign.clone())));
        let rebates = commit.rebates.iter().map(|rebate| campaign(&rebate.receipt));
        let others = commit
            .refused
            .iter()
            .map(|(campaign, _)| campaign)
            .chain(commit.waiting.iter().map(|(campaign, _)| campaign));
        let holds = commit.is_new == number.is_none()
            && commit.rebates.iter().all(is_unchanged)
            && (commit.is_new || rebates.chain(others).chain(&commit.dropped).all(waits));
        if holds { Ok(number) } else { Err(Dropped::VersionChanged) }
    }

    fn settle(&mut self, commit: &EventCommit) -> Result<Vec<Settled>, NotCommitted> {
        let at = commit.event.received_at;
        commit.rebates.iter().map(|rebate| self.settle_one(&commit.event.player, &rebate.receipt, at)).collect()
    }

    fn settle_one(&mut self, player: &PlayerId, receipt: &OpenReceipt, at: Timestamp) -> Result<Settled, NotCommitted> {
        let mut wishes = Vec::new();
        let verdicts = receipt.settle(|reward| {
            if let Some(name) = points(reward) {
                let unit = self.units.get(name).ok_or_else(|| NotPosted::UnknownUnit(name.clone()))?;
                if reward.amount > 0 {
                    wishes.push(points_to(player, name, reward.amount, unit.lapse(at)));
                }
            }
            let Gain::Prize(prize) = &reward.gain else { return Ok(Verdict::Granted(None)) };
            if !reward.stocked {
                return Ok(Verdict::Granted(None));
            }
            let key = (campaign(receipt).clone(), prize.clone());
            let verdict = self.buckets.get_mut(&key).and_then(Bucket::try_take).ok_or(Dropped::Short)?;
            Ok::<_, NotCommitted>(verdict.into())
        })?;
        let transfers = self.book.post(at, &wishes).map_err(NotPosted::Refused)?;
        Ok((verdicts, transfers))
    }

    /// The event goes in: what was decided on the same player without it no longer holds.
    fn take(&mut self, commit: EventCommit, number: Option<u64>, settled: Vec<Settled>) -> Closed {
        let EventCommit { rebates, .. } = commit;
        let commit = EventCommit { rebates: Vec::new(), ..commit };
        self.events.entry((commit.event.player.clone(), commit.event.id.clone())).or_insert(u64::MAX);
        let mut closed = Vec::with_capacity(rebates.len());
        for (rebate, (verdicts, transfers)) in rebates.into_iter().zip(settled) {
            let DecidedRebate { id, tally, day, granted, receipt, hand_overs, disclosure, expected_version: _ } =
                rebate;
            let key = (commit.event.player.clone(), campaign(&receipt).clone());
            self.versions.insert(key, u64::MAX);
            if let Some(number) = number {
                self.waiting.remove(&(number, campaign(&receipt).clone()));
            }
            let decided = Decided { id, tally, day, granted, hand_overs, disclosure };
            closed.push(ClosedRebate { decided, receipt: receipt.close(&verdicts), transfers });
        }
        Closed { commit, number, rebates: closed }
    }
}
