//! The rule `sign-in`: something for each day on which the player came, and more for days in a row.
//!
//! ```yaml
//! - {id: daily, on: sign-in, rule: sign-in@1, config: {unit: coins, base: 10, streaks: [{days: 7, bonus: 50}]}}
//! - {id: lucky, on: sign-in, rule: sign-in@1, config: {chances: 1, cycle: 7, streaks: [{days: 3, bonus: 1}, {days: 7, bonus: 2}]}}
//! ```
//!
//! The first event of a day of the campaign's zone is rewarded, the others of that day are not. On the day with which the player has
//! come so many days in a row, the bonus is given besides, once; with a `cycle` counting begins anew after so many days.

use schemars::JsonSchema;
use serde::Deserialize;
use tombola_rule::config::Amount;
use tombola_rule::{Decision, Fact, Facts, Fault, Outcome, Problem, Problems, Rebate, RebateNeeds, Reward};

/// What operators write: `unit` with `base`, or `chances`; `streaks` as well, or instead of `base`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The unit of points that are given.
    unit: Option<String>,
    /// So many points a day.
    base: Option<Amount>,
    /// Instead of points: so many chances to draw a day. Bonuses are chances then, too.
    chances: Option<Amount>,
    /// What is given besides for days in a row, by ascending `days`.
    #[serde(default)]
    streaks: Vec<Streak>,
    /// Days after which counting begins anew. Left out, it never does.
    #[schemars(range(min = 1))]
    cycle: Option<i64>,
}

/// So many days in a row.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Streak {
    /// Days in a row, the one of the event included.
    #[schemars(range(min = 1))]
    days: i64,
    /// What is given besides on the day with which there are so many.
    bonus: Amount,
}

/// The configured rule.
#[derive(Debug)]
pub struct SignIn {
    is_first: Fact<bool>,
    days_before: Fact<i64>,
    /// By ascending days.
    streaks: Vec<(i64, Outcome)>,
    cycle: Option<i64>,
    daily: Outcome,
    nothing: Outcome,
}

impl Rebate for SignIn {
    type Config = Config;

    fn configure(config: Config, needs: &mut RebateNeeds) -> Result<Self, Problems> {
        Problems::none_of(mistakes(&config))?;
        let daily = config.base.or(config.chances);
        let rewards = |bonus: Option<Amount>| {
            let amounts = daily.into_iter().chain(bonus);
            amounts.map(|amount| reward(config.unit.as_deref(), amount)).collect::<Vec<_>>()
        };
        Ok(Self {
            is_first: needs.boolean("event.is_first_today"),
            days_before: needs.integer("event.streak_days"),
            nothing: needs.nothing(),
            daily: needs.rewards(rewards(None)),
            streaks: config
                .streaks
                .iter()
                .map(|streak| (streak.days, needs.rewards(rewards(Some(streak.bonus)))))
                .collect(),
            cycle: config.cycle,
        })
    }

    fn decide(&self, facts: &Facts<'_>) -> Result<Decision, Fault> {
        if !facts.get(self.is_first) {
            return Ok(self.nothing.into());
        }
        let before = facts.get(self.days_before);
        let days = self.cycle.map_or(before, |cycle| before.rem_euclid(cycle)).saturating_add(1);
        let streak = self.streaks.binary_search_by_key(&days, |(days, _)| *days);
        Ok(streak.map_or(self.daily, |position| self.streaks[position].1).into())
    }
}

fn reward(unit: Option<&str>, amount: Amount) -> Reward {
    match unit {
        Some(unit) => Reward::points(unit, amount.span()),
        None => Reward::chances(amount.span()),
    }
}

fn mistakes(config: &Config) -> Vec<Problem> {
    let mut found = Vec::new();
    let is_clear = match config {
        Config { unit: Some(_), chances: None, base, streaks, .. } => base.is_some() || !streaks.is_empty(),
        Config { unit: None, base: None, chances, .. } => chances.is_some(),
        _ => false,
    };
    if !is_clear {
        let problem = Problem::at("", "it is not clear what is given");
        found.push(problem.hint("give `unit` and `base`, or `chances`"));
    }
    if config.cycle.is_some_and(|cycle| cycle < 1) {
        found.push(Problem::at("/cycle", "a cycle has at least one day"));
    }
    let mut before = 0;
    for (index, streak) in config.streaks.iter().enumerate() {
        if streak.days <= before {
            let message = "`days` must be at least 1, and greater than that of the streak before";
            found.push(Problem::at_item("/streaks", index, message));
        }
        if config.cycle.is_some_and(|cycle| streak.days > cycle) {
            found.push(Problem::at_item("/streaks", index, "counting begins anew before there are so many days"));
        }
        before = streak.days;
    }
    found
}

tombola_rule::export!(rebate: SignIn);

#[cfg(test)]
mod tests;
