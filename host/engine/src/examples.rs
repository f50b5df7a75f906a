//! A document's examples, tried on its pipeline.

mod event;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use tombola_domain::fact::Value;
use tombola_domain::random::Seed;

use crate::decide::{Plan, Watch};
use crate::document::{Example, Expectation, NOTHING};
use crate::facts;
use crate::finding::{Code, Finding, within};
use crate::pipeline::Pipeline;
use crate::rule::Unavailable;
use crate::trial::{Start, Stopped, Trace, Trial, run_one_way};
use crate::ways::Ways;

/// Draws that are tried for all examples of one document: ten seconds' work, if every rule uses up its fuel, and a hundredth of
/// that otherwise.
const DRAWS_MAX: usize = 1_024;

/// Tries the examples of the document that the pipeline was made of. Each that does not hold is a finding. `watch` sees the
/// rules run. Fails only where the host could not run a rule.
pub fn run(pipeline: &Pipeline, examples: &[Example], watch: &mut impl Watch) -> Result<Vec<Finding>, Unavailable> {
    let mut findings = Vec::new();
    let mut draws_left = DRAWS_MAX;
    for (position, example) in examples.iter().enumerate() {
        let Err(failure) = hold(pipeline, example, &mut draws_left, watch)? else { continue };
        let Failure { member, message } = failure;
        let place = member.split('/').fold(within("/examples", position), |place, member| within(&place, member));
        let message = format!("'{}': {message}", example.name);
        let hint =
            "Mend the example or the campaign; `tombola campaign try` shows each step of such a draw.".to_owned();
        findings.push(Finding { code: Code::ExampleFailed, place, message, hint });
    }
    Ok(findings)
}

/// How an example does not hold.
struct Failure {
    /// Where it says otherwise, within the example.
    member: &'static str,
    message: String,
}

fn failure(member: &'static str, message: impl fmt::Display) -> Failure {
    Failure { member, message: message.to_string() }
}

/// Whether every draw, or event, that can begin so is as expected.
fn hold(
    pipeline: &Pipeline,
    example: &Example,
    draws_left: &mut usize,
    watch: &mut impl Watch,
) -> Result<Result<(), Failure>, Unavailable> {
    let given: BTreeMap<String, Value> =
        example.facts.iter().map(|(name, value)| (name.clone(), Value::from(value))).collect();
    if let Some(event) = &example.event {
        let Some(event) = pipeline.event(event) else {
            return Ok(Err(failure("event", format!("no event '{event}' is declared"))));
        };
        return in_every_way(draws_left, |ways| event::hold(pipeline, event, example, &given, ways, watch));
    }
    let facts = match facts::of_new_player(pipeline, pipeline.window.opens, &given) {
        Ok(facts) => facts,
        Err(refused) => return Ok(Err(failure("facts", refused))),
    };
    let limits = facts::limits_of_given(pipeline, &given);
    let sold_out: BTreeSet<usize> = example.sold_out.iter().filter_map(|prize| pipeline.prize(prize)).collect();
    // Weights and tickets are gone through one by one, so that no seed has a say in what is compared.
    let seed = Seed::from_bytes([0; 32]);
    let start = start(pipeline, example);
    let trial = Trial { facts: &facts, limits: &limits, sold_out: &sold_out, seed: &seed, start };
    in_every_way(draws_left, |ways| {
        let trace = match run_one_way(pipeline, &trial, Some(ways), watch) {
            Ok(trace) => trace,
            Err(Stopped::Unavailable(error)) => return Err(error),
            Err(stopped @ Stopped::TicketTooHigh { .. }) => return Ok(Err(failure("ticket", stopped))),
            Err(stopped @ Stopped::NeverDrawn(_)) => return Ok(Err(failure("drawn", stopped))),
        };
        Ok(Came::of(pipeline, &trace).unmet(&example.expect).map_or(Ok(()), Err))
    })
}

/// Tries once for each way in which chance may fall.
fn in_every_way(
    draws_left: &mut usize,
    mut hold: impl FnMut(&mut Ways) -> Result<Result<(), Failure>, Unavailable>,
) -> Result<Result<(), Failure>, Unavailable> {
    let mut ways = Ways::default();
    loop {
        if *draws_left == 0 {
            let message =
                format!("the examples stand for more than {DRAWS_MAX} draws; say which ticket or prize is drawn");
            return Ok(Err(failure("expect", message)));
        }
        *draws_left -= 1;
        if let Err(unmet) = hold(&mut ways)? {
            return Ok(Err(unmet));
        }
        if !ways.next() {
            return Ok(Ok(()));
        }
    }
}

fn start(pipeline: &Pipeline, example: &Example) -> Start {
    let ticket = example.ticket.as_ref().and_then(|ticket| ticket.parse().ok());
    match (ticket, &example.drawn) {
        (Some(ticket), _) => Start::Ticket(ticket),
        (None, Some(drawn)) => Start::Drawing(pipeline.prize(drawn)),
        (None, None) if example.expect.path.is_some() || example.expect.prize.is_some() => Start::Seeded,
        // What is expected is known before the ticket, so that any will do.
        (None, None) => Start::Ticket(0),
    }
}

/// What came of one draw, in the words of the document.
struct Came {
    refused: Option<String>,
    pool: Option<String>,
    path: Vec<String>,
    prize: String,
}

impl Came {
    fn of(pipeline: &Pipeline, trace: &Trace) -> Self {
        let (refused, grants) = match &trace.plan {
            Plan::Refuse { code, .. } => (Some(code.clone()), &[][..]),
            Plan::Draw { grants, .. } => (None, grants.as_slice()),
        };
        let name = |path: &String| path.rsplit('/').next().unwrap_or(path).to_owned();
        Self {
            refused,
            pool: trace.drawn.as_ref().map(|drawn| pipeline.pools[drawn.pool].name.to_string()),
            path: trace.path.iter().map(name).collect(),
            prize: trace.had.map_or_else(|| NOTHING.to_owned(), |had| grants[had].prize.to_string()),
        }
    }

    fn unmet(&self, expect: &Expectation) -> Option<Failure> {
        let otherwise = |member, expected: String| failure(member, format!("{expected} is expected, but {self}"));
        match (&expect.refused, &self.refused) {
            (Some(expected), Some(code)) if expected == code => return None,
            (Some(expected), _) => return Some(otherwise("expect/refused", format!("a refusal with '{expected}'"))),
            (None, Some(_)) => return Some(otherwise("expect", "a draw".to_owned())),
            (None, None) => {}
        }
        if let Some(pool) = expect.pool.as_ref().filter(|pool| self.pool.as_ref() != Some(*pool)) {
            return Some(otherwise("expect/pool", format!("the pool '{pool}'")));
        }
        if let Some(path) = expect.path.as_ref().filter(|path| self.path != **path) {
            return Some(otherwise("expect/path", format!("the path {}", in_words(path))));
        }
        let prize = expect.prize.as_ref().filter(|prize| self.prize != **prize)?;
        Some(otherwise("expect/prize", format!("'{prize}'")))
    }
}

impl fmt::Display for Came {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.refused, &self.pool) {
            (Some(code), _) => write!(out, "the draw is refused with '{code}'"),
            (None, None) => write!(out, "a guard hands over '{}'", self.prize),
            (None, Some(pool)) => {
                write!(out, "the draw is from '{pool}', its path {}, its end '{}'", in_words(&self.path), self.prize)
            }
        }
    }
}

fn in_words(path: &[String]) -> String {
    if path.is_empty() { "empty".to_owned() } else { format!("[{}]", path.join(", ")) }
}

#[cfg(test)]
mod tests;
