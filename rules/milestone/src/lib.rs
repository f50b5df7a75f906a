//! The rule `milestone`: every so manieth event of a player's is rewarded.
//!
//! ```yaml
//! - {id: tenth, on: purchase, rule: milestone@1, config: {every: 10, rewards: [{unit: coins, amount: 100}, {prize: mug}]}}
//! ```
//!
//! The event under way is counted: with `every: 10` it is the tenth, the twentieth, and so on, of its type in the campaign.

use schemars::JsonSchema;
use serde::Deserialize;
use tombola_rule::config::Gift;
use tombola_rule::{Decision, Fact, Facts, Fault, Outcome, Problem, Problems, Rebate, RebateNeeds};

/// What operators write.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many events there are from one rewarded event to the next.
    #[schemars(range(min = 1))]
    every: i64,
    /// What is given.
    #[schemars(length(min = 1, max = 16))]
    rewards: Vec<Gift>,
}

/// The configured rule.
#[derive(Debug)]
pub struct Milestone {
    before: Fact<i64>,
    every: i64,
    reached: Outcome,
    between: Outcome,
}

impl Rebate for Milestone {
    type Config = Config;

    fn configure(config: Config, needs: &mut RebateNeeds) -> Result<Self, Problems> {
        if config.every < 1 {
            return Err(Problem::at("/every", "there is at least 1 event from one to the next").into());
        }
        if config.rewards.is_empty() {
            return Err(Problem::at("/rewards", "nothing is given").hint("give at least one thing").into());
        }
        Ok(Self {
            before: needs.integer("event.count.total"),
            every: config.every,
            between: needs.nothing(),
            reached: needs.rewards(Gift::rewards(config.rewards, "/rewards")?),
        })
    }

    fn decide(&self, facts: &Facts<'_>) -> Result<Decision, Fault> {
        // One more than a multiple's predecessor, so that nothing overflows.
        let is_reached = facts.get(self.before).rem_euclid(self.every) == self.every - 1;
        Ok(if is_reached { self.reached } else { self.between }.into())
    }
}

tombola_rule::export!(rebate: Milestone);

#[cfg(test)]
mod tests;
