//! Asking a rule, and holding its answer against what it declared. Every runner's answers pass here.

use tombola_domain::amount::Span;
use tombola_domain::fact::Value;
use tombola_domain::odds::Table;
use tombola_domain::random::Seed;

use super::observer::{RuleRun, Watch};
use super::{DRAW_FUEL_MAX, EVALUATION_FUEL_MAX};
use crate::pipeline::PlacedRule;
use crate::rule::{Decision, Fault, FaultKind, Fuel, Outcome, Pick, Unavailable};

/// The most picks of one weighted decision: far beyond any rule's outcomes, and cheap to add up.
const PICKS_MAX: usize = 1_024;

/// Fuel left for one draw.
#[derive(Debug)]
pub struct Budget {
    left: u64,
    /// Where the draw may be stopped early: what it may take until then.
    before_stop: Option<u64>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: DRAW_FUEL_MAX, before_stop: None }
    }
}

impl Budget {
    /// For a draw that is stopped as [`Unavailable::Unfinished`] where its rules take more than `fuel` in all. One that is not
    /// stopped comes out as on the whole budget.
    pub fn stopping_after(fuel: u64) -> Self {
        Self { before_stop: Some(fuel), ..Self::default() }
    }

    /// What the next evaluation may take.
    fn next(&self) -> Fuel {
        let all = EVALUATION_FUEL_MAX.min(self.left);
        match self.before_stop {
            Some(part) if part < all => Fuel::Part(part),
            _ => Fuel::All(all),
        }
    }

    fn take(&mut self, fuel: u64) {
        self.left = self.left.saturating_sub(fuel);
        self.before_stop = self.before_stop.map(|part| part.saturating_sub(fuel));
    }

    /// Whether the next evaluation may get less than each may have.
    pub(crate) const fn is_short(&self) -> bool {
        self.left < EVALUATION_FUEL_MAX
    }
}

/// An answer that the rule may give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// This.
    Certain(Pick),
    /// One of these, by weight. As many picks as the table has positions.
    Weighted(Table, Vec<Pick>),
}

impl Answer {
    /// The pick, drawn under the node's path where there are several.
    pub(crate) fn pick(self, seed: &Seed, path: &str) -> Pick {
        match self {
            Self::Certain(pick) => pick,
            Self::Weighted(table, mut picks) => {
                let ticket = seed.stream(path).below(table.total());
                picks.swap_remove(table.position(ticket))
            }
        }
    }
}

/// Runs a rule on the facts that it asked for. The second value is the fuel that it took.
pub(crate) fn ask(
    placed: &PlacedRule,
    facts: &[Value],
    budget: &mut Budget,
    watch: &mut impl Watch,
) -> Result<(Result<Answer, Fault>, u64), Unavailable> {
    let facts: Vec<Value> = placed.facts.iter().map(|position| facts[*position].clone()).collect();
    let evaluation = match placed.rule.evaluate(&facts, budget.next()) {
        Ok(evaluation) => evaluation,
        Err(error) => {
            watch.ran(RuleRun { rule: placed, facts: &facts, answer: Err(&error), fuel: 0 });
            return Err(error);
        }
    };
    budget.take(evaluation.fuel);
    let outcomes = &placed.rule.needs().outcomes;
    let (answer, fuel) = (evaluation.decision.and_then(|decision| judge(decision, outcomes)), evaluation.fuel);
    watch.ran(RuleRun { rule: placed, facts: &facts, answer: Ok(answer.as_ref()), fuel });
    Ok((answer, fuel))
}

fn judge(decision: Decision, outcomes: &[Outcome]) -> Result<Answer, Fault> {
    match decision {
        Decision::Certain(pick) => {
            judge_pick(&pick, outcomes)?;
            Ok(Answer::Certain(pick))
        }
        Decision::Weighted(picks) => judge_weighted(picks, outcomes),
    }
}

fn judge_weighted(picks: Vec<(u64, Pick)>, outcomes: &[Outcome]) -> Result<Answer, Fault> {
    if picks.len() > PICKS_MAX {
        return Err(undeclared(format!("it answered {} picks; at most {PICKS_MAX} are allowed", picks.len())));
    }
    for (_, pick) in &picks {
        if let Outcome::Refuse { code, .. } = judge_pick(pick, outcomes)? {
            return Err(undeclared(format!("it put a weight on refusing ('{code}'); a refusal is never by chance")));
        }
    }
    let table = Table::from_weights(picks.iter().map(|(weight, _)| *weight));
    let table = table.map_err(|error| undeclared(format!("its weights can't be used: {error}")))?;
    Ok(Answer::Weighted(table, picks.into_iter().map(|(_, pick)| pick).collect()))
}

fn judge_pick<'a>(pick: &Pick, outcomes: &'a [Outcome]) -> Result<&'a Outcome, Fault> {
    let declared = outcomes.get(pick.outcome as usize).ok_or_else(|| {
        undeclared(format!("it answered outcome {}, but declared {} of them", pick.outcome, outcomes.len()))
    })?;
    let amounts = match declared {
        _ if pick.amounts.is_empty() => Vec::new(),
        Outcome::Grant { amount, .. } => vec![*amount],
        Outcome::Rewards(rewards) => rewards.iter().map(|reward| reward.amount).collect(),
        Outcome::Proceed | Outcome::Choose(_) | Outcome::Refuse { .. } | Outcome::Follow(_) => Vec::new(),
    };
    if amounts.len() != pick.amounts.len() {
        return Err(undeclared(format!("it answered {} amounts for outcome {}", pick.amounts.len(), pick.outcome)));
    }
    match amounts.iter().zip(&pick.amounts).find(|(amount, narrower)| !amount.contains(**narrower)) {
        None => Ok(declared),
        Some((amount, other)) => Err(undeclared(format!(
            "it answered an amount of {}, but declared {}",
            in_words(*other),
            in_words(*amount)
        ))),
    }
}

fn in_words(amount: Span) -> String {
    format!("{} to {}", amount.low(), amount.high())
}

fn undeclared(message: String) -> Fault {
    Fault { kind: FaultKind::Undeclared, message }
}

#[cfg(test)]
mod tests {
    use tombola_domain::rebate::Recipient;

    use super::*;
    use crate::rule::{Gain, Reward};

    fn outcomes() -> Vec<Outcome> {
        let amount = Span::new(1, 10).unwrap();
        vec![
            Outcome::Proceed,
            Outcome::Grant { prize: "points".to_owned(), amount },
            Outcome::Refuse { code: "no".to_owned(), message: String::new() },
            Outcome::Rewards(vec![
                Reward { recipient: Recipient::Player, gain: Gain::Points("coins".to_owned()), amount },
                Reward { recipient: Recipient::Referrer, gain: Gain::Chances, amount: Span::ONE },
            ]),
        ]
    }

    fn pick(outcome: u32, amounts: &[(i64, i64)]) -> Pick {
        Pick { outcome, amounts: amounts.iter().map(|(low, high)| Span::new(*low, *high).unwrap()).collect() }
    }

    #[track_caller]
    fn check(decision: Decision, refused_for: Option<&str>) {
        match (judge(decision, &outcomes()), refused_for) {
            (Ok(_), None) => {}
            (Err(fault), Some(part)) => {
                assert_eq!(fault.kind, FaultKind::Undeclared);
                assert!(fault.message.contains(part), "{}", fault.message);
            }
            (answer, _) => panic!("{answer:?}"),
        }
    }

    #[test]
    fn answers_are_held_against_the_declaration() {
        use Decision::{Certain, Weighted};
        check(Certain(pick(0, &[])), None);
        check(Certain(pick(1, &[(2, 5)])), None);
        check(Certain(pick(2, &[])), None);
        check(Weighted(vec![(1, pick(0, &[])), (3, pick(1, &[]))]), None);
        check(Certain(pick(3, &[])), None);
        check(Certain(pick(3, &[(2, 5), (1, 1)])), None);
        check(Certain(pick(3, &[(2, 5)])), Some("1 amounts"));
        check(Certain(pick(3, &[(2, 5), (1, 2)])), Some("amount of 1 to 2"));
        check(Certain(pick(4, &[])), Some("outcome 4"));
        check(Certain(pick(1, &[(2, 11)])), Some("amount of 2 to 11"));
        check(Certain(pick(1, &[(1, 1), (1, 1)])), Some("2 amounts"));
        check(Certain(pick(0, &[(1, 1)])), Some("1 amounts"));
        check(Weighted(vec![(1, pick(0, &[])), (1, pick(2, &[]))]), Some("never by chance"));
        check(Weighted(vec![]), Some("at least one"));
        check(Weighted(vec![(0, pick(0, &[]))]), Some("weight at position 0"));
        check(Weighted(vec![(u64::MAX, pick(0, &[])), (1, pick(0, &[]))]), Some("2^63"));
        check(Weighted(vec![(1, pick(0, &[])); PICKS_MAX + 1]), Some("1025 picks"));
    }
}
