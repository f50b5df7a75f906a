//! The rule `referral`: a player who was brought by another one, and the one who brought them, are rewarded once.
//!
//! ```yaml
//! - {id: invited, on: sign-up, rule: referral@1, config: {referrer: [{unit: coins, amount: 100}], player: [{chances: 1}]}}
//! ```
//!
//! Only the first event of its type in the campaign counts, and only where it names a referrer.

use schemars::JsonSchema;
use serde::Deserialize;
use tombola_rule::config::{Gift, REWARDS_MAX};
use tombola_rule::{Decision, Fact, Facts, Fault, Outcome, Problem, Problems, Rebate, RebateNeeds, Reward};

/// What operators write: at least one of the two, and at most 16 things in all.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What the player is given who brought the other one.
    #[serde(default)]
    referrer: Vec<Gift>,
    /// What the player is given who was brought.
    #[serde(default)]
    player: Vec<Gift>,
}

/// The configured rule.
#[derive(Debug)]
pub struct Referral {
    before: Fact<i64>,
    has_referrer: Fact<bool>,
    rewarded: Outcome,
    nothing: Outcome,
}

impl Rebate for Referral {
    type Config = Config;

    fn configure(config: Config, needs: &mut RebateNeeds) -> Result<Self, Problems> {
        let referrers = Gift::rewards(config.referrer, "/referrer")?.into_iter().map(Reward::for_referrer);
        let rewards: Vec<Reward> = referrers.chain(Gift::rewards(config.player, "/player")?).collect();
        if rewards.is_empty() {
            return Err(Problem::at("", "nothing is given").hint("give something to `referrer` or `player`").into());
        }
        if rewards.len() > REWARDS_MAX {
            return Err(Problem::at("", "more is given at once than may be").hint("give at most 16 things").into());
        }
        Ok(Self {
            before: needs.integer("event.count.total"),
            has_referrer: needs.boolean("event.has_referrer"),
            nothing: needs.nothing(),
            rewarded: needs.rewards(rewards),
        })
    }

    fn decide(&self, facts: &Facts<'_>) -> Result<Decision, Fault> {
        let is_first = facts.get(self.before) == 0;
        Ok(if is_first && facts.get(self.has_referrer) { self.rewarded } else { self.nothing }.into())
    }
}

tombola_rule::export!(rebate: Referral);

#[cfg(test)]
mod tests;
