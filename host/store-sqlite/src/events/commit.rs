//! The commit of events, step by step.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::json;
use tombola_domain::award::Delivery;
use tombola_domain::event::Tally;
use tombola_domain::id::{CampaignId, CodePoolName, EventId, PlayerId, RebateId, UnitName};
use tombola_domain::ledger::{Account, Book, House, Lapse, Transfer, Wish};
use tombola_domain::rebate::{Disclosure, Gain, OpenReceipt, Receipt, Recipient, Reward, Verdict};
use tombola_domain::signature::Signer;
use tombola_domain::stock::{Bucket, Supply};
use tombola_store::Result;
use tombola_store::draws::{Dropped, HandOver};
use tombola_store::events::{Answer, DecidedRebate, Event, EventCommit, NotCommitted};
use tombola_store::ledger::{NotPosted, Unit};

use super::save;
use crate::aside::Aside;
use crate::codes::giving::{self, Held};
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
    /// The places of points that are set aside for the referrer.
    pub(super) set_aside: BTreeSet<usize>,
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
    supply: Supply<StockKey, CampaignId>,
    held: Held,
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
    let before = found.supply.buckets.clone();
    let (mut closed, mut places) = (Vec::new(), Vec::with_capacity(batch.len()));
    for commit in batch {
        places.push(found.close(write.activation, commit).map(|event| {
            closed.push(event);
            closed.len() - 1
        }));
    }
    let answers: Vec<_> = closed.iter().map(save::answers).collect();
    if !closed.is_empty() {
        draws::save_buckets(&mut write, &before, &found.supply.buckets).await?;
        let given = save::save(&mut write, found.book, &closed, signer, &found.held).await?;
        giving::give(&mut write, &found.held, draws::pools(&found.supply.buckets), &given).await?;
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
    let book = ledger::read(write, wishes.iter()).await?;
    let held = hold(write, batch).await?;
    let mut buckets = buckets(write, batch).await?;
    buckets.extend(held.buckets().map(|(pool, bucket)| (StockKey::Codes(pool.clone()), bucket)));
    let mut counted = batch.iter().flat_map(|commit| &commit.rebates).flat_map(stocks);
    if let Some(missing) = counted.find(|key| !buckets.contains_key(key)) {
        return Err(draws::without_stock(&missing));
    }
    let budget = |rebate: &DecidedRebate| {
        let account = Account::Budget(campaign(&rebate.receipt).clone());
        Some((campaign(&rebate.receipt).clone(), book.balance(&account, rebate.budget.as_ref()?)))
    };
    let budgets = batch.iter().flat_map(|commit| &commit.rebates).filter_map(budget).collect();
    Ok(Found {
        versions: versions(write, batch).await?,
        waiting: waiting(write, events.values()).await?,
        supply: Supply { buckets, budgets },
        held,
        units: ledger::units(write).await?,
        book,
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

/// Holds a code for each reward that may get one.
async fn hold(write: &mut Write, batch: &[EventCommit]) -> Result<Held> {
    let mut wanted: BTreeMap<&CodePoolName, usize> = BTreeMap::new();
    let hand_overs = batch.iter().flat_map(|commit| &commit.rebates).flat_map(|rebate| &rebate.hand_overs);
    for pool in hand_overs.filter_map(|hand_over| code_pool(hand_over.as_ref())) {
        *wanted.entry(pool).or_default() += 1;
    }
    // Nobody gets a code that had expired when the event was reported.
    match batch.iter().map(|commit| commit.event.received_at).max() {
        Some(latest) if !wanted.is_empty() => giving::hold(write, &wanted, latest).await,
        _ => Ok(Held::default()),
    }
}

/// Where a unit of a reward comes from, if its stock is counted.
fn stock(rebate: &DecidedRebate, place: usize, reward: &Reward) -> Option<StockKey> {
    let Gain::Prize(prize) = &reward.gain else { return None };
    let own = || StockKey::Prize(campaign(&rebate.receipt).clone(), prize.clone());
    let pool = code_pool(rebate.hand_overs[place].as_ref());
    reward.stocked.then(|| pool.cloned().map_or_else(own, StockKey::Codes))
}

fn stocks(rebate: &DecidedRebate) -> impl Iterator<Item = StockKey> {
    let rewards = rebate.receipt.rewards.iter().enumerate();
    rewards.filter_map(|(place, reward)| stock(rebate, place, reward))
}

fn code_pool(hand_over: Option<&HandOver>) -> Option<&CodePoolName> {
    hand_over.and_then(|hand_over| hand_over.delivery.as_ref()).and_then(Delivery::code_pool)
}

async fn buckets(write: &mut Write, batch: &[EventCommit]) -> Result<HashMap<StockKey, Bucket>> {
    let rebates = batch.iter().flat_map(|commit| &commit.rebates);
    let stocked = rebates.flat_map(|rebate| {
        let prizes = rebate.receipt.rewards.iter().zip(&rebate.hand_overs);
        let prizes = prizes.filter(|(reward, hand_over)| reward.stocked && code_pool(hand_over.as_ref()).is_none());
        prizes.filter_map(|(reward, _)| match &reward.gain {
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

/// Whether something is taken of it.
fn has_supply(rebate: &DecidedRebate) -> bool {
    rebate.receipt.rewards.iter().any(|reward| reward.stocked || reward.cost > 0)
}

/// Transfers that may come of an event, for the accounts that they touch.
fn possible(commit: &EventCommit) -> impl Iterator<Item = Wish> {
    let wishes = |rebate: &DecidedRebate| -> Vec<Wish> {
        let rewards = rebate.receipt.rewards.iter();
        rewards.filter_map(|reward| transfer(&commit.event, rebate, reward, Lapse::Never)).collect()
    };
    commit.rebates.iter().flat_map(wishes)
}

/// What is moved at once for a reward that is granted; `None` where that is nothing. What the budget pays for a referrer is set aside
/// for them until it is handed over.
fn transfer(event: &Event, rebate: &DecidedRebate, reward: &Reward, lapse: Lapse) -> Option<Wish> {
    let campaign = campaign(&rebate.receipt);
    let budget = Account::Budget(campaign.clone());
    let unit = rebate.budget.as_ref();
    let (unit, from, to, amount) = match (&reward.gain, reward.recipient) {
        (Gain::Points(unit), Recipient::Player) => {
            let from = if reward.cost > 0 { budget } else { Account::House(House::Issue) };
            (unit, from, Account::Player(event.player.clone()), reward.amount)
        }
        (Gain::Points(unit), Recipient::Referrer) if reward.cost > 0 => {
            (unit, budget, Account::Held(event.referrer.clone()?), reward.cost)
        }
        (Gain::Prize(prize), _) if reward.cost > 0 => {
            (unit?, budget, Account::Prize(campaign.clone(), prize.clone()), reward.cost)
        }
        _ => return None,
    };
    (amount > 0).then(|| Wish { unit: unit.clone(), from, to, amount, lapse })
}

fn set_aside(rebate: &DecidedRebate) -> BTreeSet<usize> {
    let is_set_aside = |reward: &Reward| {
        reward.recipient == Recipient::Referrer && reward.cost > 0 && matches!(reward.gain, Gain::Points(_))
    };
    let rewards = rebate.receipt.rewards.iter().enumerate();
    rewards.filter(|(_, reward)| is_set_aside(reward)).map(|(place, _)| place).collect()
}

/// What the house issues to a player.
pub(super) fn issue(player: &PlayerId, unit: &UnitName, amount: i64, lapse: Lapse) -> Wish {
    let (from, to) = (Account::House(House::Issue), Account::Player(player.clone()));
    Wish { unit: unit.clone(), from, to, amount, lapse }
}

impl Found {
    /// Gives an event its verdicts, or says why it is left out; then nothing of it was taken.
    fn close(&mut self, activation: u64, commit: EventCommit) -> Result<Closed, NotCommitted> {
        let number = self.check(activation, &commit)?;
        // A posting is made as a whole or not at all, so that only what is taken before another one fails is undone.
        let before = (commit.rebates.len() > 1).then(|| self.book.clone());
        let supply = commit.rebates.iter().any(has_supply).then(|| self.supply.clone());
        match self.settle(&commit) {
            Ok(settled) => Ok(self.take(commit, number, settled)),
            Err(refused) => {
                self.book = before.unwrap_or_else(|| std::mem::take(&mut self.book));
                self.supply = supply.unwrap_or_else(|| std::mem::take(&mut self.supply));
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
        commit.rebates.iter().map(|rebate| self.settle_one(&commit.event, rebate)).collect()
    }

    fn settle_one(&mut self, event: &Event, rebate: &DecidedRebate) -> Result<Settled, NotCommitted> {
        let mut wishes = Vec::new();
        let verdicts = rebate.receipt.settle(|place, reward| {
            let stock = stock(rebate, place, reward);
            let taken = self.supply.try_take(stock.as_ref(), campaign(&rebate.receipt), reward.cost);
            let verdict: Verdict = taken.ok_or(Dropped::Short)?.into();
            if matches!(verdict, Verdict::Granted(_)) {
                wishes.extend(transfer(event, rebate, reward, self.lapse(event, reward)?));
            }
            Ok::<_, NotCommitted>(verdict)
        })?;
        let transfers = self.book.post(event.received_at, &wishes).map_err(NotPosted::Refused)?;
        Ok((verdicts, transfers))
    }

    /// When points that are given now lapse.
    fn lapse(&self, event: &Event, reward: &Reward) -> Result<Lapse, NotPosted> {
        let Gain::Points(name) = &reward.gain else { return Ok(Lapse::Never) };
        let unit = self.units.get(name).ok_or_else(|| NotPosted::UnknownUnit(name.clone()))?;
        Ok(unit.lapse(event.received_at))
    }

    /// The event goes in: what was decided on the same player without it no longer holds.
    fn take(&mut self, commit: EventCommit, number: Option<u64>, settled: Vec<Settled>) -> Closed {
        let EventCommit { rebates, .. } = commit;
        let commit = EventCommit { rebates: Vec::new(), ..commit };
        self.events.entry((commit.event.player.clone(), commit.event.id.clone())).or_insert(u64::MAX);
        let mut closed = Vec::with_capacity(rebates.len());
        for (rebate, (verdicts, transfers)) in rebates.into_iter().zip(settled) {
            let set_aside = set_aside(&rebate);
            let DecidedRebate { id, tally, day, granted, receipt, hand_overs, disclosure, .. } = rebate;
            let key = (commit.event.player.clone(), campaign(&receipt).clone());
            self.versions.insert(key, u64::MAX);
            if let Some(number) = number {
                self.waiting.remove(&(number, campaign(&receipt).clone()));
            }
            let decided = Decided { id, tally, day, granted, set_aside, hand_overs, disclosure };
            closed.push(ClosedRebate { decided, receipt: receipt.close(&verdicts), transfers });
        }
        Closed { commit, number, rebates: closed }
    }
}
