//! The rule `allowlist`: only players on an operator's list take part; the others get something else, or nothing.
//!
//! ```yaml
//! - {id: invited, rule: allowlist@1, config: {list: invited, refuse: {message: This draw is for guests.}}}
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
    /// What players who are not on it get instead of drawing.
    grant: Option<Grant>,
    /// How players who are not on it are refused.
    refuse: Option<Refuse>,
}

/// The configured rule.
#[derive(Debug)]
pub struct Allowlist {
    listed: Fact<bool>,
    outside: Decision,
    inside: Outcome,
}

impl Guard for Allowlist {
    type Config = Config;

    fn configure(config: Config, needs: &mut GuardNeeds) -> Result<Self, Problems> {
        let Config { list, grant, refuse } = config;
        if list.is_empty() {
            return Err(Problem::at("/list", "the list has no name").into());
        }
        let consequence = Consequence { pool: None, grant, refuse };
        let outside = consequence.declare(needs, "not-listed", "This draw is for invited players.");
        Ok(Self {
            listed: needs.boolean(String::from("player.lists.") + &list),
            outside: outside.map_err(|problem| problem.hint("give either `grant` or `refuse`"))?,
            inside: needs.proceed(),
        })
    }

    fn decide(&self, facts: &Facts<'_>) -> Result<Decision, Fault> {
        Ok(if facts.get(self.listed) { self.inside.into() } else { self.outside.clone() })
    }
}

tombola_rule::export!(guard: Allowlist);

#[cfg(test)]
mod tests;
