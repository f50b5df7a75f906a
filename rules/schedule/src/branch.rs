//! The schedule after the draw.

use schemars::JsonSchema;
use serde::Deserialize;
use tombola_rule::{Branch, BranchNeeds, Decision, Facts, Fault, Outcome, Problems};

use crate::week::{Week, Weekday};

/// What operators write for a branch.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BranchConfig {
    /// Ranges such as `"09:00-12:00"` or, over midnight, `"22:00-02:00"`; all day unless given.
    #[serde(default)]
    hours: Vec<String>,
    /// Every day unless given.
    #[serde(default)]
    weekdays: Vec<Weekday>,
}

/// Follows `open` inside of the hours and `closed` outside of them.
#[derive(Debug)]
pub struct Switch {
    week: Week,
    open: Outcome,
    closed: Outcome,
}

impl Branch for Switch {
    type Config = BranchConfig;

    fn configure(config: BranchConfig, needs: &mut BranchNeeds) -> Result<Self, Problems> {
        let week = Week::new(&config.hours, &config.weekdays, needs)?;
        Ok(Self { week, open: needs.follow("open"), closed: needs.follow("closed") })
    }

    fn decide(&self, facts: &Facts<'_>) -> Result<Decision, Fault> {
        Ok(if self.week.is_open(facts) { self.open } else { self.closed }.into())
    }
}
