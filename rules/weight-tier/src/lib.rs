//! The rule `weight-tier`: players are drawn for from a better pool the further some number of theirs has come.
//!
//! ```yaml
//! rule: weight-tier@1
//! config: {fact: player.draws.total, tiers: [{from: 60, pool: better}, {from: 200, pool: best}]}
//! ```
//!
//! The highest tier whose `from` is not above the fact chooses its pool. Below the first tier, and where the fact is
//! absent, the chain goes on as it was. Tiers stand in ascending order; 10,000 of them cost a decision no more than
//! fourteen comparisons.

mod tiers;

use schemars::JsonSchema;
use serde::Deserialize;
use tombola_rule::{Decision, Fact, Facts, Fault, Guard, GuardNeeds, Outcome, Problem, Problems};

use tiers::Tiers;

/// What operators write.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Any integer fact, such as `player.draws.total`.
    fact: String,
    /// At least one tier, by strictly ascending `from`.
    tiers: Tiers,
}

/// The configured rule.
#[derive(Debug)]
pub struct WeightTier {
    fact: Fact<Option<i64>>,
    tiers: Tiers,
    /// What to answer, by the position of the pool among [`Tiers::pools`].
    choices: Vec<Outcome>,
    below: Outcome,
}

impl Guard for WeightTier {
    type Config = Config;

    fn configure(config: Config, needs: &mut GuardNeeds) -> Result<Self, Problems> {
        if config.tiers.is_empty() {
            let problem = Problem::at("/tiers", "there is no tier");
            return Err(problem.hint("leave the rule out, or give it a tier").into());
        }
        Ok(Self {
            fact: needs.fact(config.fact),
            below: needs.proceed(),
            choices: config.tiers.pools().iter().map(|pool| needs.choose(pool)).collect(),
            tiers: config.tiers,
        })
    }

    fn decide(&self, facts: &Facts<'_>) -> Result<Decision, Fault> {
        let reached = facts.get(self.fact).and_then(|value| self.tiers.reached_by(value));
        Ok(reached.map_or(self.below, |pool| self.choices[pool]).into())
    }
}

tombola_rule::export!(guard: WeightTier);

#[cfg(test)]
mod tests;
