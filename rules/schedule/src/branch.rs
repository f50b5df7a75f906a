//! The schedule after the draw.

use tombola_rule::{Branch, BranchNeeds, Decision, Facts, Fault, Outcome, Problem, Problems};

use crate::config::Config;
use crate::week::Week;

/// Follows `open` inside of the hours and `closed` outside of them.
#[derive(Debug)]
pub struct Switch {
    week: Week,
    open: Outcome,
    closed: Outcome,
}

impl Branch for Switch {
    type Config = Config;

    fn configure(config: Config, needs: &mut BranchNeeds) -> Result<Self, Problems> {
        if config.pool.is_some() || config.refuse.is_some() {
            let problem = Problem::at("", "a branch neither chooses a pool nor refuses");
            return Err(problem.hint("leave `pool` and `refuse` out, and say what follows `open` and `closed`").into());
        }
        let week = Week::new(&config.hours, &config.weekdays, needs.facts())?;
        Ok(Self { week, open: needs.follow("open"), closed: needs.follow("closed") })
    }

    fn decide(&self, facts: &Facts<'_>) -> Result<Decision, Fault> {
        Ok(if self.week.is_open(facts) { self.open } else { self.closed }.into())
    }
}
