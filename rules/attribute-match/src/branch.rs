//! The comparison after the draw.

use tombola_rule::{Branch, BranchNeeds, Decision, Facts, Fault, Outcome, Problem, Problems};

use crate::condition::Condition;
use crate::config::Config;

/// Follows `match` or `no-match`.
#[derive(Debug)]
pub struct Fork {
    condition: Condition,
    matched: Outcome,
    other: Outcome,
}

impl Branch for Fork {
    type Config = Config;

    fn configure(config: Config, needs: &mut BranchNeeds) -> Result<Self, Problems> {
        let Config { attribute, op, value, values, pool, grant, refuse } = config;
        if pool.is_some() || grant.is_some() || refuse.is_some() {
            let problem = Problem::at("", "a branch neither chooses a pool nor grants nor refuses");
            return Err(problem.hint("say what follows `match` and `no-match` instead").into());
        }
        let condition = Condition::new(&attribute, op, value, values, needs.facts())?;
        Ok(Self { condition, matched: needs.follow("match"), other: needs.follow("no-match") })
    }

    fn decide(&self, facts: &Facts<'_>) -> Result<Decision, Fault> {
        Ok(if self.condition.holds(facts) { self.matched } else { self.other }.into())
    }
}
