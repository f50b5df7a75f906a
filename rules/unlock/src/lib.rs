//! The rule `unlock`: a prize is locked until some number of the player's has come far enough.
//!
//! ```yaml
//! lock:  {rule: unlock@1, config: {draws: 3}, on: {unlocked: hand-over, locked: consolation}}
//! loyal: {rule: unlock@1, config: {fact: player.draws.total, at_least: 50}, on: {unlocked: hand-over, locked: consolation}}
//! ```
//!
//! With `draws`, so many draws must have been made today before this one. With `fact` and `at_least`, any integer fact
//! is compared; where it is absent, the prize stays locked.

use schemars::JsonSchema;
use serde::Deserialize;
use tombola_rule::{Branch, BranchNeeds, Decision, Fact, Facts, Fault, Outcome, Problem, Problems};

/// The fact that `draws` is about.
const DRAWS_TODAY: &str = "player.draws.day";

/// What operators write: `draws` alone, or `fact` and `at_least`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many draws the player must have made today.
    draws: Option<i64>,
    /// Any integer fact.
    fact: Option<String>,
    /// Where that fact unlocks.
    at_least: Option<i64>,
}

/// The configured rule.
#[derive(Debug)]
pub struct Unlock {
    fact: Fact<Option<i64>>,
    at_least: i64,
    unlocked: Outcome,
    locked: Outcome,
}

impl Branch for Unlock {
    type Config = Config;

    fn configure(config: Config, needs: &mut BranchNeeds) -> Result<Self, Problems> {
        let (fact, at_least) = match config {
            Config { draws: Some(draws), fact: None, at_least: None } => (DRAWS_TODAY.to_owned(), draws),
            Config { draws: None, fact: Some(fact), at_least: Some(at_least) } => (fact, at_least),
            _ => {
                return Err(Problem::at("", "it is not clear what unlocks")
                    .hint("give `draws`, or `fact` and `at_least`")
                    .into());
            }
        };
        Ok(Self {
            fact: needs.fact(fact),
            at_least,
            unlocked: needs.follow("unlocked"),
            locked: needs.follow("locked"),
        })
    }

    fn decide(&self, facts: &Facts<'_>) -> Result<Decision, Fault> {
        let reached = facts.get(self.fact).is_some_and(|value| value >= self.at_least);
        Ok(if reached { self.unlocked } else { self.locked }.into())
    }
}

tombola_rule::export!(branch: Unlock);

#[cfg(test)]
mod tests;
