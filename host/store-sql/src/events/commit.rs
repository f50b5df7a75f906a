//! The commit of events, step by step.

mod found;

use std::collections::BTreeSet;

use tombola_domain::award::Delivery;
use tombola_domain::chance::TooMany;
use tombola_domain::id::{CampaignId, CodePoolName, PlayerId, PrizeId, UnitName};
use tombola_domain::ledger::{Account, House, Lapse, Transfer, Wish};
use tombola_domain::rebate::{Gain, OpenReceipt, Receipt, Recipient, Reward, Verdict};
use tombola_domain::signature::Signer;
use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::draws::{Dropped, HandOver};
use tombola_store::events::{Answer, DecidedRebate, Event, EventCommit, Refusal};
use tombola_store::ledger::NotPosted;

use self::found::Found;
use super::save;
use crate::aside::Aside;
use crate::codes::giving;
use crate::draws::{self, StockKey};
use crate::writer::Write;

/// An event that goes in.
pub(super) struct Closed<'a> {
    pub(super) commit: &'a EventCommit,
    /// Its number, where it was known before.
    pub(super) number: Option<u64>,
    pub(super) rebates: Vec<ClosedRebate<'a>>,
    /// Campaigns that give nothing, since it could not be posted or counted.
    not_given: Vec<(CampaignId, Refusal)>,
}

impl Closed<'_> {
    /// Where the event is refused.
    pub(super) fn refused(&self) -> impl Iterator<Item = &(CampaignId, Refusal)> {
        self.commit.refused.iter().chain(&self.not_given)
    }
}

/// What one campaign gives, with its verdicts.
pub(super) struct ClosedRebate<'a> {
    pub(super) decided: &'a DecidedRebate,
    pub(super) receipt: Receipt,
    /// The places of points that are set aside for the referrer.
    pub(super) set_aside: BTreeSet<usize>,
    /// What the player gets of points.
    pub(super) transfers: Vec<Transfer>,
}

/// What became of one rebate's rewards, and the transfers of its points.
type Settled = (Vec<Verdict>, Vec<Transfer>);

/// Commits what can be, in one transaction, and answers for each event in its order.
pub(super) async fn commit(
    mut write: Write,
    batch: &[EventCommit],
    signer: Option<&Signer>,
    aside: &Aside,
) -> Result<Vec<Result<Vec<Answer>, Dropped>>> {
    let mut found = found::read(&mut write, batch).await?;
    let before = found.supply.buckets.clone();
    let (mut closed, mut places) = (Vec::new(), Vec::with_capacity(batch.len()));
    for commit in batch {
        places.push(found.close(write.activation, commit).map(|event| {
            closed.push(event);
            closed.len() - 1
        }));
    }
    let answers: Vec<_> = closed.iter().map(|event| save::answers(event, &found.held)).collect();
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

/// Where a unit of a reward comes from, if its stock is counted.
fn stock(rebate: &DecidedRebate, place: usize, reward: &Reward) -> Option<StockKey> {
    let prize = prize(reward)?;
    let own = || StockKey::Prize(campaign(&rebate.receipt).clone(), prize.clone());
    let pool = code_pool(rebate.hand_overs[place].as_ref());
    reward.stocked.then(|| pool.cloned().map_or_else(own, StockKey::Codes))
}

/// The prize that a reward is.
fn prize(reward: &Reward) -> Option<&PrizeId> {
    match &reward.gain {
        Gain::Prize(prize) => Some(prize),
        Gain::Points(_) | Gain::Chances => None,
    }
}

fn stocks(rebate: &DecidedRebate) -> impl Iterator<Item = StockKey> {
    let rewards = rebate.receipt.rewards.iter().enumerate();
    rewards.filter_map(|(place, reward)| stock(rebate, place, reward))
}

fn code_pool(hand_over: Option<&HandOver>) -> Option<&CodePoolName> {
    hand_over.and_then(|hand_over| hand_over.delivery.as_ref()).and_then(Delivery::code_pool)
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

/// How many chances there are among rewards.
pub(super) fn chances<'a>(rewards: impl Iterator<Item = (&'a Gain, i64)>) -> u64 {
    let amounts = rewards.filter(|(gain, _)| **gain == Gain::Chances).map(|(_, amount)| amount.max(0).unsigned_abs());
    amounts.fold(0, u64::saturating_add)
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
    fn close<'a>(&mut self, activation: u64, commit: &'a EventCommit) -> Result<Closed<'a>, Dropped> {
        let number = self.check(activation, commit)?;
        let before = commit.rebates.iter().any(has_supply).then(|| self.supply.clone());
        let (mut closed, mut not_given) = (Vec::with_capacity(commit.rebates.len()), Vec::new());
        for rebate in &commit.rebates {
            match self.settle(commit, rebate) {
                Ok(settled) => closed.push(closed_with(rebate, settled)),
                Err(NotSettled::Refused(refusal)) => not_given.push((campaign(&rebate.receipt).clone(), refusal)),
                Err(NotSettled::Short) => {
                    // Which is never so here, where each bucket is all that there is of its prize.
                    self.supply = before.expect("it is short of something");
                    return Err(Dropped::Short);
                }
            }
        }
        self.events.entry((commit.event.player.clone(), commit.event.id.clone())).or_insert(u64::MAX);
        for rebate in &closed {
            self.note(&commit.event.player, number, &rebate.receipt.terms.campaign);
        }
        Ok(Closed { commit, number, rebates: closed, not_given })
    }

    /// What was decided on the same player without this event no longer holds.
    fn note(&mut self, player: &PlayerId, number: Option<u64>, campaign: &CampaignId) {
        self.versions.insert((player.clone(), campaign.clone()), u64::MAX);
        if let Some(number) = number {
            self.waiting.remove(&(number, campaign.clone()));
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
            && (commit.is_new || rebates.chain(others).all(waits));
        if holds { Ok(number) } else { Err(Dropped::VersionChanged) }
    }

    /// Gives one campaign's rewards their verdicts. Where it refuses, nothing of them was taken.
    fn settle(&mut self, commit: &EventCommit, rebate: &DecidedRebate) -> Result<Settled, NotSettled> {
        let before = has_supply(rebate).then(|| self.supply.clone());
        self.try_settle(commit, rebate).inspect_err(|_| {
            if let Some(before) = before {
                self.supply = before;
            }
        })
    }

    fn try_settle(&mut self, commit: &EventCommit, rebate: &DecidedRebate) -> Result<Settled, NotSettled> {
        let mut wishes = Vec::new();
        let verdicts = rebate.receipt.settle(|place, reward| {
            let stock = stock(rebate, place, reward);
            let taken = self.supply.try_take(stock.as_ref(), campaign(&rebate.receipt), prize(reward), reward.cost);
            let verdict: Verdict = taken.ok_or(NotSettled::Short)?.into();
            if matches!(verdict, Verdict::Granted(_)) {
                let lapse = self.lapse(commit.decided_at, reward)?;
                wishes.extend(transfer(&commit.event, rebate, reward, lapse));
            }
            Ok::<_, NotSettled>(verdict)
        })?;
        let rewards = rebate.receipt.rewards.iter().zip(&verdicts);
        let own = rewards.filter(|(reward, verdict)| {
            reward.recipient == Recipient::Player && matches!(verdict, Verdict::Granted(_))
        });
        let chances = chances(own.map(|(reward, _)| (&reward.gain, reward.amount)));
        // Nobody else gives this player any in the batch: what was decided on another version of theirs was dropped.
        self.room.check(&commit.event.player, campaign(&rebate.receipt), chances)?;
        let transfers = self.book.post(commit.decided_at, &wishes).map_err(NotPosted::Refused)?;
        Ok((verdicts, transfers))
    }

    /// When points that are given now lapse.
    fn lapse(&self, now: Timestamp, reward: &Reward) -> Result<Lapse, NotPosted> {
        let Gain::Points(name) = &reward.gain else { return Ok(Lapse::Never) };
        let unit = self.units.get(name).ok_or_else(|| NotPosted::UnknownUnit(name.clone()))?;
        Ok(unit.lapse(now))
    }
}

/// Why one campaign's rewards are not given.
enum NotSettled {
    /// More units of a prize must be fetched first.
    Short,
    /// They can't be.
    Refused(Refusal),
}

impl From<TooMany> for NotSettled {
    fn from(error: TooMany) -> Self {
        Self::Refused(Refusal { code: "chances-full".to_owned(), message: error.to_string() })
    }
}

impl From<NotPosted> for NotSettled {
    fn from(error: NotPosted) -> Self {
        let code = match error {
            NotPosted::UnknownUnit(_) => "unit-unknown",
            NotPosted::KeyReused | NotPosted::Refused(_) => "ledger-full",
        };
        Self::Refused(Refusal { code: code.to_owned(), message: error.to_string() })
    }
}

fn closed_with(decided: &DecidedRebate, (verdicts, transfers): Settled) -> ClosedRebate<'_> {
    let receipt = decided.receipt.clone().close(&verdicts);
    ClosedRebate { decided, receipt, set_aside: set_aside(decided), transfers }
}
