//! Running the rebates of an event again from their receipt, and saying where the two differ.

use std::collections::BTreeMap;

use tombola_domain::chance::Participation;
use tombola_domain::digest::Digest;
use tombola_domain::draw::Limit;
use tombola_domain::event::Tally;
use tombola_domain::fact::Fact;
use tombola_domain::rebate::{Gain, Receipt, Reward, Rewarded, Room, Terms, Verdict};

use super::{Decided, Situation, decide, room};
use crate::facts::{self, Occurrence, Sources};
use crate::pipeline::{Event, Pipeline};
use crate::replay::{Mismatch, Replay, compare_facts, compare_steps, differs, mismatch};
use crate::rule::Unavailable;

/// Decides again what an event earned. The outer error is the host's, which could not run a rule. Of several mismatches one that
/// no engine can explain is told.
pub fn replay(receipt: &Receipt, against: &Replay<'_>) -> Result<Result<(), Mismatch>, Unavailable> {
    let known = header(&receipt.terms, against)
        .and_then(|event| Ok((event, known_facts(&receipt.terms, event, against)?)))
        .and_then(|known| verdicts(receipt, against.pipeline).map(|()| known));
    let (event, local) = match known {
        Ok(known) => known,
        Err(mismatch) => return Ok(Err(mismatch)),
    };
    let situation = Situation { facts: against.facts, seed: &receipt.terms.seed };
    let decided = decide(event, &situation)?;
    let compared = compare(receipt, &decided, against)
        .map_err(|mismatch| Mismatch { is_engines: !against.same_rules, ..mismatch });
    Ok(compared.and(local.map_or(Ok(()), Err)))
}

/// What a receipt says of its revision and its event.
fn header<'a>(terms: &Terms, against: &Replay<'a>) -> Result<&'a Event, Mismatch> {
    let pipeline = against.pipeline;
    differs("campaign", &terms.campaign, &pipeline.campaign)?;
    differs::<[Digest]>("modules", &terms.modules, &pipeline.modules)?;
    let event = pipeline.event(terms.event_type.as_str());
    let event = event.ok_or_else(|| mismatch("event_type", format!("no event '{}' is declared", terms.event_type)))?;
    let names: Vec<String> = event.facts.iter().map(ToString::to_string).collect();
    differs("facts", &terms.facts.iter().map(|(name, _)| name.clone()).collect(), &names)?;
    differs("lists", &terms.lists.iter().map(|(list, _)| list.clone()).collect(), &event.lists)?;
    if pipeline.window.contains(terms.occurred_at) {
        Ok(event)
    } else {
        Err(mismatch("occurred_at", "it lies outside of the campaign's window"))
    }
}

/// Facts that follow from the receipt itself must be what follows. Answers the first of those where another time-zone database
/// may say otherwise.
fn known_facts(terms: &Terms, event: &Event, against: &Replay<'_>) -> Result<Option<Mismatch>, Mismatch> {
    if against.facts.len() != event.facts.len() {
        return Err(mismatch("disclosure.facts", "it has not as many values as the revision asks for"));
    }
    let pipeline = against.pipeline;
    let sources = Sources {
        player: against.player,
        participation: &Participation::default(),
        now: terms.occurred_at,
        local: pipeline.window.zone.local(terms.occurred_at),
        lists: &BTreeMap::new(),
        wins: &BTreeMap::new(),
        attributes: &BTreeMap::new(),
    };
    let has_referrer = terms.referrer.is_some();
    let occurrence = Occurrence { tally: &Tally::default(), received_at: terms.received_at, has_referrer };
    let should = facts::event_values(pipeline, event, &sources, &occurrence);
    compare_facts(&event.facts, against.facts, &should, against.same_zones, follows_from_receipt)
}

/// Whether a fact's value is a function of player, event, times and revision.
const fn follows_from_receipt(fact: &Fact) -> bool {
    match fact {
        Fact::Bucket
        | Fact::NowSeconds
        | Fact::LocalWeekday
        | Fact::LocalMinute
        | Fact::LocalDay
        | Fact::ElapsedSeconds
        | Fact::RemainingSeconds
        | Fact::EventAgeSeconds
        | Fact::EventHasReferrer => true,
        Fact::DrawsTotal
        | Fact::DrawsMonth
        | Fact::DrawsDay
        | Fact::Wins(_)
        | Fact::List(_)
        | Fact::Attribute(_)
        | Fact::EventAttribute(_)
        | Fact::EventCountTotal
        | Fact::EventCountDay
        | Fact::EventStreakDays
        | Fact::EventIsFirstToday => false,
    }
}

/// Each verdict is one that its reward may get after those before it. Stock is taken at its word, and so is what a budget had left.
fn verdicts(receipt: &Receipt, pipeline: &Pipeline) -> Result<(), Mismatch> {
    let mut standing = receipt.terms.standing();
    for (position, rewarded) in receipt.rewards.iter().enumerate() {
        let Rewarded { recipient, gain, verdict, .. } = rewarded;
        let is_possible = match (standing.foregone(*recipient, gain), verdict) {
            (Some(foregone), verdict) => *verdict == foregone,
            (None, Verdict::Granted(token)) => token.is_some() == is_stocked(gain, pipeline),
            (None, Verdict::SoldOut { .. }) => is_stocked(gain, pipeline),
            (None, Verdict::BudgetSpent { left }) => (0..cost(rewarded, pipeline)).contains(left),
            (None, Verdict::LimitReached(_) | Verdict::NoReferrer) => false,
        };
        if !is_possible {
            return Err(mismatch(format!("rewards[{position}]"), format!("{verdict:?} is no verdict for it")));
        }
        standing.note(*recipient, gain, *verdict);
    }
    Ok(())
}

/// What a reward takes of the budget.
fn cost(rewarded: &Rewarded, pipeline: &Pipeline) -> i64 {
    match &rewarded.gain {
        Gain::Points(unit) if pipeline.budget.as_ref() == Some(unit) => rewarded.amount,
        Gain::Prize(prize) => {
            pipeline.prize(prize.as_str()).map_or(0, |prize| pipeline.prizes[prize].cost(rewarded.amount))
        }
        Gain::Points(_) | Gain::Chances => 0,
    }
}

fn is_stocked(gain: &Gain, pipeline: &Pipeline) -> bool {
    let Gain::Prize(prize) = gain else { return false };
    pipeline.prize(prize.as_str()).is_some_and(|prize| pipeline.prizes[prize].is_stocked())
}

fn compare(receipt: &Receipt, decided: &Decided, against: &Replay<'_>) -> Result<(), Mismatch> {
    compare_steps(&receipt.terms.steps, &decided.steps, against.same_rules)?;
    compare_rewards(&receipt.rewards, &decided.rewards)?;
    compare_room(&receipt.terms.room, &decided.rewards, against.pipeline)
}

fn compare_rewards(stand: &[Rewarded], should: &[Reward]) -> Result<(), Mismatch> {
    for (position, (stands, should)) in stand.iter().zip(should).enumerate() {
        let stands = (&stands.node, stands.recipient, &stands.gain, stands.amount);
        let should = (&should.node, should.recipient, &should.gain, should.amount);
        differs(&format!("rewards[{position}]"), &stands, &should)?;
    }
    differs("rewards", &stand.len(), &should.len())
}

/// The receipt tells of exactly the prizes with limits that were to be given, each with a limit of its own and no more wins left
/// than that allows. How many were left is the store's word.
fn compare_room(stand: &[Room], rewards: &[Reward], pipeline: &Pipeline) -> Result<(), Mismatch> {
    let most = room(pipeline, rewards, &BTreeMap::new());
    let prizes = |room: &[Room]| room.iter().map(|room| room.prize.clone()).collect::<Vec<_>>();
    differs("room", &prizes(stand), &prizes(&most))?;
    for Room { prize, limit, left } in stand {
        let declared = pipeline.prize(prize.as_str()).map(|prize| &pipeline.prizes[prize]);
        let declared = declared.and_then(|prize| match limit {
            Limit::Player => prize.limit_player,
            Limit::PlayerDay => prize.limit_player_day,
        });
        if declared.is_none_or(|most| *left > most) {
            return Err(mismatch("room", format!("the document sets no such limit for '{prize}'")));
        }
    }
    Ok(())
}
