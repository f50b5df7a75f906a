//! What one event earns, decided: every rebate that is bound to its type, and the rewards that they come to.
//!
//! Pure, as [`crate::decide`] is: the same rebates, facts and seed give the same rewards. Every random choice comes from the
//! seed, under a label of its own: a node's path for its weighted decision, and the path with `/amount/` and the reward's
//! position within the outcome for an amount. Whether a reward can be had is not decided here: see
//! [`tombola_domain::rebate::OpenReceipt::settle`].

mod expected;
mod replay;

use std::collections::BTreeMap;

use tombola_domain::amount::{AMOUNT_MAX, Span};
use tombola_domain::draw::Limit;
use tombola_domain::fact::Value;
use tombola_domain::id::PrizeId;
use tombola_domain::random::Seed;
use tombola_domain::rebate::{Gain, Recipient, Reward, Room};
use tombola_domain::receipt::Step;

pub use expected::{Expected, expected};
pub use replay::replay;

use crate::decide::{Budget, NodeFault, Observer, amount, evaluate, noted};
use crate::pipeline::{self, Event, Pipeline, Rebate};
use crate::rule::{Pick, Unavailable};

/// What a rebate is decided on.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The values of [`Event::facts`], in its order.
    pub facts: &'a [Value],
    /// Where chance comes from.
    pub seed: &'a Seed,
}

/// What an event earns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// What to try to give, in order; all of it.
    pub rewards: Vec<Reward>,
    /// What the rules answered, in the order in which they ran.
    pub steps: Vec<Step>,
    /// The rules that failed.
    pub faults: Vec<NodeFault>,
}

/// Decides what an event earns. Fails only where the host could not run a rule, which is no outcome.
pub fn decide(event: &Event, situation: &Situation<'_>) -> Result<Decided, Unavailable> {
    decide_observed(event, situation, Budget::default(), &mut ())
}

/// The same within a budget, which is that of one draw for all rebates together, beside an observer.
pub fn decide_observed<O: Observer>(
    event: &Event,
    situation: &Situation<'_>,
    mut budget: Budget,
    observer: &mut O,
) -> Result<Decided, O::Stop> {
    let mut decided = Decided { rewards: Vec::new(), steps: Vec::new(), faults: Vec::new() };
    let Situation { facts, seed } = *situation;
    for rebate in &event.rebates {
        let (step, answer) = evaluate(&rebate.rule, facts, seed, "fault", &mut budget, observer)?;
        decided.steps.push(step);
        if let Some(pick) = noted(answer, &rebate.rule, &mut decided.faults) {
            decided.rewards.extend(rewards(rebate, &pick, seed));
        }
    }
    Ok(decided)
}

fn rewards(rebate: &Rebate, pick: &Pick, seed: &Seed) -> Vec<Reward> {
    let path = &rebate.rule.path;
    let reward = |(position, declared): (usize, &pipeline::Reward)| {
        let amount = amount(seed, narrowed(pick, position, declared), || format!("{path}/amount/{position}"));
        Reward {
            node: path.clone(),
            recipient: declared.recipient,
            gain: declared.gain.clone(),
            amount,
            stocked: declared.stocked,
            cost: declared.value.saturating_mul(amount).min(AMOUNT_MAX),
        }
    };
    rebate.outcomes[pick.outcome as usize].iter().enumerate().map(reward).collect()
}

/// The amount of the reward at this position of an outcome, as it is picked.
pub(crate) fn narrowed(pick: &Pick, position: usize, declared: &pipeline::Reward) -> Span {
    pick.amounts.get(position).copied().unwrap_or(declared.amount)
}

/// How often a player has won a prize.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Won {
    /// In the campaign.
    pub total: u64,
    /// On the event's day.
    pub today: u64,
}

/// How often the player may still win each prize with limits that a reward is of, in the order of the document. `won` holds
/// [`Event::wins`]; what is not there was never won.
pub fn room(pipeline: &Pipeline, rewards: &[Reward], won: &BTreeMap<PrizeId, Won>) -> Vec<Room> {
    let is_given = |prize: &PrizeId| {
        let is_it = |reward: &Reward| matches!(&reward.gain, Gain::Prize(given) if given == prize);
        rewards.iter().any(|reward| reward.recipient == Recipient::Player && is_it(reward))
    };
    let room = |prize: &pipeline::Prize| {
        let won = won.get(&prize.id).copied().unwrap_or_default();
        let left = |limit: Option<u64>, won: u64| limit.map(|limit| limit.saturating_sub(won));
        let limits = [
            (Limit::Player, left(prize.limit_player, won.total)),
            (Limit::PlayerDay, left(prize.limit_player_day, won.today)),
        ];
        let limits = limits.into_iter().filter_map(|(limit, left)| Some((limit, left?)));
        // Of two that leave the same, the longer-lasting one.
        let (limit, left) = limits.min_by_key(|(_, left)| *left)?;
        Some(Room { prize: prize.id.clone(), limit, left })
    };
    pipeline.prizes.iter().filter(|prize| is_given(&prize.id)).filter_map(room).collect()
}

#[cfg(test)]
mod tests;
