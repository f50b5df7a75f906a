//! The comparison before the draw.

use schemars::JsonSchema;
use serde::Deserialize;
use tombola_rule::config::{Consequence, Grant, Refuse};
use tombola_rule::{Decision, Facts, Fault, Guard, GuardNeeds, Outcome, Problems};

use crate::condition::{Comparison, Condition, Op};
use crate::scalar::Scalar;

/// What operators write for a guard: a comparison, and one of `pool`, `grant` and `refuse`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardConfig {
    /// The attribute, as the campaign declares it.
    attribute: String,
    /// How it is compared.
    op: Op,
    /// What it is compared with.
    value: Option<Scalar>,
    /// What it is compared with, all of one type.
    values: Option<Vec<Scalar>>,
    /// The pool that is drawn from where it matches.
    pool: Option<String>,
    /// What is handed over instead of drawing where it matches.
    grant: Option<Grant>,
    /// How the draw is refused where it matches.
    refuse: Option<Refuse>,
}

/// Does something about requests that match, and lets the others through.
#[derive(Debug)]
pub struct Gate {
    condition: Condition,
    matched: Decision,
    other: Outcome,
}

impl Guard for Gate {
    type Config = GuardConfig;

    fn configure(config: GuardConfig, needs: &mut GuardNeeds) -> Result<Self, Problems> {
        let GuardConfig { attribute, op, value, values, pool, grant, refuse } = config;
        let consequence = Consequence { pool, grant, refuse };
        let matched = consequence.declare(needs, "attribute", "You can't take part in this draw.");
        Ok(Self {
            condition: Comparison { attribute, op, value, values }.declare(needs)?,
            matched: matched.map_err(|problem| problem.hint("give one of `pool`, `grant` and `refuse`"))?,
            other: needs.proceed(),
        })
    }

    fn decide(&self, facts: &Facts<'_>) -> Result<Decision, Fault> {
        Ok(if self.condition.holds(facts) { self.matched.clone() } else { self.other.into() })
    }
}
