//! The schedule before the draw.

use tombola_rule::{Decision, Facts, Fault, Guard, GuardNeeds, Problems};

use crate::config::Config;
use crate::week::Week;

/// Refuses outside of the hours, or chooses a pool inside of them, or both.
#[derive(Debug)]
pub struct Opening {
    week: Week,
    inside: Decision,
    outside: Decision,
}

impl Guard for Opening {
    type Config = Config;

    fn configure(config: Config, needs: &mut GuardNeeds) -> Result<Self, Problems> {
        let Config { hours, weekdays, pool, refuse } = config;
        let week = Week::new(&hours, &weekdays, needs.facts())?;
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
