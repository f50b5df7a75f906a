//! The comparison after the draw.

use schemars::JsonSchema;
use serde::Deserialize;
use tombola_rule::{Branch, BranchNeeds, Decision, Facts, Fault, Outcome, Problems};

use crate::condition::{Comparison, Condition, Op};
use crate::scalar::Scalar;

/// What operators write for a branch.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BranchConfig {
    /// The attribute, as the campaign declares it.
    attribute: String,
    /// How it is compared.
    op: Op,
    /// What it is compared with.
    value: Option<Scalar>,
    /// What it is compared with, all of one type.
    values: Option<Vec<Scalar>>,
}

/// Follows `match` or `no-match`.
#[derive(Debug)]
pub struct Fork {
    condition: Condition,
    matched: Outcome,
    other: Outcome,
}

impl Branch for Fork {
    type Config = BranchConfig;

    fn configure(config: BranchConfig, needs: &mut BranchNeeds) -> Result<Self, Problems> {
        let BranchConfig { attribute, op, value, values } = config;
        let condition = Comparison { attribute, op, value, values }.declare(needs)?;
        Ok(Self { condition, matched: needs.follow("match"), other: needs.follow("no-match") })
    }

    fn decide(&self, facts: &Facts<'_>) -> Result<Decision, Fault> {
        Ok(if self.condition.holds(facts) { self.matched } else { self.other }.into())
    }
}
