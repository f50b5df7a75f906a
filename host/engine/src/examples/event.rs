//! Examples of events: whatever they earn in any way is what is expected.

use std::collections::BTreeMap;
use std::fmt;

use tombola_domain::fact::Value;
use tombola_domain::rebate::{Gain, Recipient};

use super::{Failure, failure};
use crate::decide::{Answer, Budget, Watch, ask};
use crate::document::{Amount, Example, ExpectedReward};
use crate::facts;
use crate::pipeline::{Event, Pipeline};
use crate::rebates::narrowed;
use crate::rule::Unavailable;
use crate::ways::Ways;

/// A reward, as the document and as an event has it.
#[derive(Debug, PartialEq, Eq)]
struct Earned {
    /// `points UNIT`, `chances` or `prize NAME`.
    what: String,
    recipient: Recipient,
    /// From the first to the second.
    amount: (i64, i64),
}

/// What an event is given, and how it fails to be what the example says.
pub(super) fn hold(
    pipeline: &Pipeline,
    event: &Event,
    example: &Example,
    given: &BTreeMap<String, Value>,
    ways: &mut Ways,
    watch: &mut impl Watch,
) -> Result<Result<(), Failure>, Unavailable> {
    let facts = match facts::of_new_event(pipeline, event, pipeline.window.opens, given) {
        Ok(facts) => facts,
        Err(refused) => return Ok(Err(failure("facts", refused))),
    };
    let came = earned(event, &facts, ways, watch)?;
    let expected: Vec<Earned> = example.expect.rewards.iter().flatten().map(Earned::from).collect();
    if came == expected {
        return Ok(Ok(()));
    }
    let message = format!("{} is expected, but the event earns {}", in_words(&expected), in_words(&came));
    Ok(Err(failure("expect/rewards", message)))
}

fn earned(event: &Event, facts: &[Value], ways: &mut Ways, watch: &mut impl Watch) -> Result<Vec<Earned>, Unavailable> {
    let (mut earned, mut budget) = (Vec::new(), Budget::default());
    for rebate in &event.rebates {
        let pick = match ask(&rebate.rule, facts, &mut budget, watch)?.0 {
            Ok(Answer::Certain(pick)) => pick,
            Ok(Answer::Weighted(_, mut picks)) => picks.swap_remove(ways.choose(picks.len())),
            Err(_) => continue,
        };
        let rewards = rebate.outcomes[pick.outcome as usize].iter().enumerate();
        earned.extend(rewards.map(|(position, reward)| {
            let span = narrowed(&pick, position, reward);
            let what = match &reward.gain {
                Gain::Points(unit) => points(unit.as_str()),
                Gain::Chances => CHANCES.to_owned(),
                Gain::Prize(prize) => prize_named(prize.as_str()),
            };
            Earned { what, recipient: reward.recipient, amount: (span.low(), span.high()) }
        }));
    }
    Ok(earned)
}

const CHANCES: &str = "chances";

fn points(unit: &str) -> String {
    format!("points {unit}")
}

fn prize_named(prize: &str) -> String {
    format!("prize {prize}")
}

/// The verifier has seen that it says one thing.
impl From<&ExpectedReward> for Earned {
    fn from(written: &ExpectedReward) -> Self {
        let what = match (&written.unit, &written.prize) {
            (Some(unit), _) => points(unit),
            (None, Some(prize)) => prize_named(prize),
            (None, None) => CHANCES.to_owned(),
        };
        let amount = match written.chances.or(written.amount) {
            None => (1, 1),
            Some(Amount::Fixed(amount)) => (amount, amount),
            Some(Amount::Range([low, high])) => (low, high),
        };
        let recipient = if written.referrer { Recipient::Referrer } else { Recipient::Player };
        Self { what, recipient, amount }
    }
}

impl fmt::Display for Earned {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = self.amount;
        write!(out, "{low}")?;
        if low != high {
            write!(out, " to {high}")?;
        }
        write!(out, " {}", self.what)?;
        if self.recipient == Recipient::Referrer { out.write_str(" for the referrer") } else { Ok(()) }
    }
}

fn in_words(earned: &[Earned]) -> String {
    if earned.is_empty() {
        return "nothing".to_owned();
    }
    earned.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
