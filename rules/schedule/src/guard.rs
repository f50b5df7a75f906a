//! The schedule before the draw.

use schemars::JsonSchema;
use serde::Deserialize;
use tombola_rule::config::Refuse;
use tombola_rule::{Decision, Facts, Fault, Guard, GuardNeeds, Problems};

use crate::week::{Week, Weekday};

/// What operators write for a guard.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardConfig {
    /// Ranges such as `"09:00-12:00"` or, over midnight, `"22:00-02:00"`; all day unless given.
    #[serde(default)]
    hours: Vec<String>,
    /// Every day unless given.
    #[serde(default)]
    weekdays: Vec<Weekday>,
    /// The pool that is drawn from inside of the hours.
    pool: Option<String>,
    /// How a draw outside of the hours is refused. Without `pool` it is refused in any case.
    refuse: Option<Refuse>,
}

/// Refuses outside of the hours, or chooses a pool inside of them, or both.
#[derive(Debug)]
pub struct Opening {
    week: Week,
    inside: Decision,
    outside: Decision,
}

impl Guard for Opening {
    type Config = GuardConfig;

    fn configure(config: GuardConfig, needs: &mut GuardNeeds) -> Result<Self, Problems> {
        let GuardConfig { hours, weekdays, pool, refuse } = config;
        let week = Week::new(&hours, &weekdays, needs)?;
        let outside = match (refuse, &pool) {
            (None, Some(_)) => needs.proceed().into(),
            (refuse, _) => refuse.unwrap_or_default().declare(needs, "closed", "This draw is closed at this hour.")?,
        };
        let inside = match pool {
            None => needs.proceed(),
            Some(pool) => needs.choose(pool),
        };
        Ok(Self { week, inside: inside.into(), outside })
    }

    fn decide(&self, facts: &Facts<'_>) -> Result<Decision, Fault> {
        Ok(if self.week.is_open(facts) { &self.inside } else { &self.outside }.clone())
    }
}
