//! A rule that counts what it does. Metric names stand here, so that wiring can describe them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use metrics::{Counter, Histogram, counter, histogram};
use tombola_domain::fact::Value;
use tombola_engine::rule::{Decision, Evaluation, FaultKind, Fuel, Needs, Outcome, Rule, Unavailable};

use crate::labels::Labels;

/// Evaluations, by rule.
pub const RULE_CALLS: &str = "tombola_rule_calls_total";
/// Evaluations, by rule and kind of outcome.
pub const RULE_OUTCOMES: &str = "tombola_rule_outcomes_total";
/// Evaluations that failed, by rule and kind of fault; `unavailable` is the host's own.
pub const RULE_FAULTS: &str = "tombola_rule_faults_total";
/// Fuel of an evaluation, by rule.
pub const RULE_FUEL: &str = "tombola_rule_fuel";
/// Time of an evaluation, by rule.
pub const RULE_SECONDS: &str = "tombola_rule_seconds";

/// Rules that are told apart, the first ones of the process: each is some forty rows of `/metrics`. Far more than are live at once.
const LABELS_MAX: usize = 256;

/// Like the recorder one for the whole process.
static LABELS: Mutex<Labels> = Mutex::new(Labels::new(LABELS_MAX));

/// Counts and measures the evaluations of the rule inside.
#[derive(Debug)]
pub(crate) struct Measured {
    rule: Arc<dyn Rule>,
    calls: Counter,
    fuel: Histogram,
    seconds: Histogram,
    /// One for each outcome that the rule declares, in order.
    outcomes: Vec<Counter>,
    weighted: Counter,
    name: String,
}

impl Measured {
    /// `name` is a rule's name and version.
    pub(crate) fn new(rule: Arc<dyn Rule>, name: &str) -> Self {
        let name = LABELS.lock().unwrap_or_else(PoisonError::into_inner).of(name);
        let outcome = |outcome: &str| counter!(RULE_OUTCOMES, "rule" => name.clone(), "outcome" => outcome.to_owned());
        Self {
            calls: counter!(RULE_CALLS, "rule" => name.clone()),
            fuel: histogram!(RULE_FUEL, "rule" => name.clone()),
            seconds: histogram!(RULE_SECONDS, "rule" => name.clone()),
            outcomes: rule.needs().outcomes.iter().map(kind).map(outcome).collect(),
            weighted: outcome("weighted"),
            rule,
            name,
        }
    }

    fn count(&self, evaluation: &Evaluation) {
        // An evaluation has far less fuel than a 32-bit number holds.
        self.fuel.record(f64::from(u32::try_from(evaluation.fuel).unwrap_or(u32::MAX)));
        match &evaluation.decision {
            Ok(Decision::Certain(pick)) => match self.outcomes.get(pick.outcome as usize) {
                Some(counter) => counter.increment(1),
                None => self.count_fault(&FaultKind::Undeclared.to_string()),
            },
            Ok(Decision::Weighted(_)) => self.weighted.increment(1),
            Err(fault) => self.count_fault(&fault.kind.to_string()),
        }
    }

    fn count_fault(&self, kind: &str) {
        counter!(RULE_FAULTS, "rule" => self.name.clone(), "kind" => kind.to_owned()).increment(1);
    }
}

fn kind(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Proceed => "proceed",
        Outcome::Choose(_) => "choose",
        Outcome::Grant { .. } => "grant",
        Outcome::Refuse { .. } => "refuse",
        Outcome::Follow(_) => "follow",
        Outcome::Rewards(_) => "reward",
    }
}

impl Rule for Measured {
    fn needs(&self) -> &Needs {
        self.rule.needs()
    }

    fn evaluate(&self, facts: &[Value], fuel: Fuel) -> Result<Evaluation, Unavailable> {
        let began = Instant::now();
        let evaluation = self.rule.evaluate(facts, fuel);
        self.seconds.record(began.elapsed());
        self.calls.increment(1);
        match &evaluation {
            Ok(evaluation) => self.count(evaluation),
            Err(Unavailable::Host(_)) => self.count_fault("unavailable"),
            // It is about to be run again, and counted then.
            Err(Unavailable::Unfinished) => {}
        }
        evaluation
    }
}
