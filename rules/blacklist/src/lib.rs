//! The rule `blacklist`: players on an operator's list get something else, or nothing.
//!
//! ```yaml
//! - {id: banned, rule: blacklist@1, config: {list: banned, grant: {prize: points, amount: 1}}}
//! - {id: fraud, rule: blacklist@1, config: {list: fraud, refuse: {code: fraud, message: Please call us.}}}
//! ```
//!
//! Lists are kept by operators apart from campaigns, so they may be of any size and change at any time.

use schemars::JsonSchema;
use serde::Deserialize;
use tombola_rule::config::{Consequence, Grant, Refuse};
use tombola_rule::{Decision, Fact, Facts, Fault, Guard, GuardNeeds, Outcome, Problem, Problems};

/// What operators write: a list, and one of `grant` and `refuse`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The list.
    list: String,
    /// What players on it get instead of drawing.
    grant: Option<Grant>,
    /// How players on it are refused.
    refuse: Option<Refuse>,
}

/// The configured rule.
#[derive(Debug)]
pub struct Blacklist {
    listed: Fact<bool>,
    caught: Decision,
    free: Outcome,
}

impl Guard for Blacklist {
    type Config = Config;

    fn configure(config: Config, needs: &mut GuardNeeds) -> Result<Self, Problems> {
        let Config { list, grant, refuse } = config;
        if list.is_empty() {
            return Err(Problem::at("/list", "the list has no name").into());
        }
        let consequence = Consequence { pool: None, grant, refuse };
        let caught = consequence.declare(needs, "listed", "You can't take part in this draw.");
        Ok(Self {
            listed: needs.boolean(String::from("player.lists.") + &list),
            caught: caught.map_err(|problem| problem.hint("give either `grant` or `refuse`"))?,
            free: needs.proceed(),
        })
    }

    fn decide(&self, facts: &Facts<'_>) -> Result<Decision, Fault> {
        Ok(if facts.get(self.listed) { self.caught.clone() } else { self.free.into() })
    }
}

tombola_rule::export!(guard: Blacklist);

#[cfg(test)]
mod tests;
