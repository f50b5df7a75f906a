//! A draw that was tried, as far as it is shown.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::Finding;

/// A draw that was tried.
#[derive(Debug, Deserialize)]
pub(crate) struct Tried {
    /// Missing where a document was given.
    pub(crate) revision: Option<u64>,
    /// Warnings.
    pub(crate) findings: Vec<Finding>,
    pub(crate) seed: String,
    pub(crate) outcome: Outcome,
    pub(crate) steps: Vec<Step>,
    /// Missing where a guard ended the chain.
    pub(crate) drawn: Option<Drawn>,
    pub(crate) path: Vec<String>,
    pub(crate) grants: Vec<Grant>,
}

/// What it came to.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Outcome {
    Prize { prize: String, amount: i64 },
    Nothing,
    Refused { code: String, message: String },
}

/// One run of a rule.
#[derive(Debug, Deserialize)]
pub(crate) struct Step {
    pub(crate) node: String,
    pub(crate) rule: String,
    pub(crate) module: String,
    pub(crate) config_place: String,
    pub(crate) facts: BTreeMap<String, Value>,
    pub(crate) decision: Decision,
    pub(crate) outcome: String,
    pub(crate) fuel: u64,
}

/// What a rule answered.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Decision {
    Certain {},
    Weighted { picks: Vec<WeightedPick> },
    Fault { message: String },
}

/// One of several outcomes.
#[derive(Debug, Deserialize)]
pub(crate) struct WeightedPick {
    pub(crate) weight: String,
    pub(crate) outcome: String,
}

/// A drawn ticket.
#[derive(Debug, Deserialize)]
pub(crate) struct Drawn {
    pub(crate) pool: String,
    /// Missing for the default pool.
    pub(crate) chosen_by: Option<String>,
    pub(crate) ticket: String,
    pub(crate) total: String,
    pub(crate) entry: String,
    pub(crate) first: String,
    pub(crate) last: String,
}

/// A grant of the plan.
#[derive(Debug, Deserialize)]
pub(crate) struct Grant {
    pub(crate) node: String,
    pub(crate) prize: String,
    pub(crate) amount: i64,
    pub(crate) verdict: String,
}
