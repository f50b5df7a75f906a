//! The rule `consolation`: hands over a prize, in a fixed amount or one that is drawn from a range.
//!
//! ```yaml
//! consolation: {rule: consolation@1, config: {prize: points, amount: [1, 100]}}
//! ```

use tombola_rule::config::Grant;
use tombola_rule::{Branch, BranchNeeds, Decision, Facts, Fault, Outcome, Problems};

/// The configured rule.
#[derive(Debug)]
pub struct Consolation(Outcome);

impl Branch for Consolation {
    type Config = Grant;

    fn configure(config: Grant, needs: &mut BranchNeeds) -> Result<Self, Problems> {
        Ok(Self(needs.grant(config.prize, config.amount.span())))
    }

    fn decide(&self, _: &Facts<'_>) -> Result<Decision, Fault> {
        Ok(self.0.into())
    }
}

tombola_rule::export!(branch: Consolation);

#[cfg(test)]
mod tests;
