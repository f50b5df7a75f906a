//! The comparison before the draw.

use tombola_rule::config::Consequence;
use tombola_rule::{Decision, Facts, Fault, Guard, GuardNeeds, Outcome, Problems};

use crate::condition::Condition;
use crate::config::Config;

/// Does something about requests that match, and lets the others through.
#[derive(Debug)]
pub struct Gate {
    condition: Condition,
    matched: Decision,
    other: Outcome,
}

impl Guard for Gate {
    type Config = Config;

    fn configure(config: Config, needs: &mut GuardNeeds) -> Result<Self, Problems> {
        let Config { attribute, op, value, values, pool, grant, refuse } = config;
        let consequence = Consequence { pool, grant, refuse };
        let matched = consequence.declare(needs, "attribute", "You can't take part in this draw.");
        Ok(Self {
            condition: Condition::new(&attribute, op, value, values, needs.facts())?,
            matched: matched.map_err(|problem| problem.hint("give one of `pool`, `grant` and `refuse`"))?,
            other: needs.proceed(),
        })
    }

    fn decide(&self, facts: &Facts<'_>) -> Result<Decision, Fault> {
        Ok(if self.condition.holds(facts) { self.matched.clone() } else { self.other.into() })
    }
}
