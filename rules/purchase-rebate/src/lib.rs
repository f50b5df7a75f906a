//! The rule `purchase-rebate`: so many points per mille of an amount that the event says.
//!
//! ```yaml
//! - {id: cashback, on: purchase, rule: purchase-rebate@1, config: {attribute: amount, per_mille: 50, unit: coins, cap: 500}}
//! ```
//!
//! The points are `amount * per_mille / 1000`, rounded down; then at least `floor` and at most `cap`. Where the event does not say
//! the amount, or one below `from`, and where no point is left, nothing is given. Everything is exact, however large the amount is.

use schemars::JsonSchema;
use serde::Deserialize;
use tombola_rule::config::AMOUNT_MAX;
use tombola_rule::{Decision, Fact, Facts, Fault, Outcome, Problem, Problems, Rebate, RebateNeeds, Reward, Span};

/// The largest rate: a thousand times the amount.
const PER_MILLE_MAX: i64 = 1_000_000;

/// What operators write.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// An integer attribute of the event.
    attribute: String,
    /// Points for each thousand of it; 1 to 1,000,000.
    #[schemars(range(min = 1, max = PER_MILLE_MAX))]
    per_mille: i64,
    /// The unit of the points.
    unit: String,
    /// The least amount that anything is given for; 1 unless said otherwise.
    #[serde(default = "one")]
    #[schemars(range(min = 1))]
    from: i64,
    /// The least that is given; 0 unless said otherwise.
    #[serde(default)]
    #[schemars(range(min = 0, max = AMOUNT_MAX))]
    floor: i64,
    /// The most that is given.
    #[serde(default = "most")]
    #[schemars(range(min = 1, max = AMOUNT_MAX))]
    cap: i64,
}

const fn one() -> i64 {
    1
}

const fn most() -> i64 {
    AMOUNT_MAX
}

/// The configured rule.
#[derive(Debug)]
pub struct PurchaseRebate {
    amount: Fact<Option<i64>>,
    per_mille: i64,
    from: i64,
    floor: i64,
    cap: i64,
    points: Outcome,
    nothing: Outcome,
}

impl Rebate for PurchaseRebate {
    type Config = Config;

    fn configure(config: Config, needs: &mut RebateNeeds) -> Result<Self, Problems> {
        Problems::none_of(mistakes(&config))?;
        let Config { attribute, per_mille, unit, from, floor, cap } = config;
        let declared = Span { low: floor.max(1), high: cap };
        Ok(Self {
            amount: needs.fact(format_name(&attribute)),
            nothing: needs.nothing(),
            points: needs.rewards([Reward::points(unit, declared)]),
            per_mille,
            from,
            floor,
            cap,
        })
    }

    fn decide(&self, facts: &Facts<'_>) -> Result<Decision, Fault> {
        let amount = facts.get(self.amount).filter(|amount| *amount >= self.from);
        Ok(match amount.map_or(0, |amount| self.points_for(amount)) {
            0 => self.nothing.into(),
            points => self.points.amount(Span { low: points, high: points }).into(),
        })
    }
}

impl PurchaseRebate {
    fn points_for(&self, amount: i64) -> i64 {
        // Both factors are positive, so that dividing rounds down, and 128 bits hold every product.
        let exact = i128::from(amount) * i128::from(self.per_mille) / 1000;
        i64::try_from(exact).unwrap_or(i64::MAX).clamp(self.floor, self.cap)
    }
}

/// The name of the fact, without what would format it: that is most of a small rule's bytes.
fn format_name(attribute: &str) -> String {
    let mut name = String::from("event.attribute.");
    name.push_str(attribute);
    name
}

fn mistakes(config: &Config) -> Vec<Problem> {
    let Config { per_mille, from, floor, cap, .. } = *config;
    let checks = [
        ((1..=PER_MILLE_MAX).contains(&per_mille), "/per_mille", "a rate is 1 to 1,000,000 per mille"),
        (from >= 1, "/from", "nothing is given for less than 1"),
        (floor >= 0, "/floor", "nobody is given less than nothing"),
        ((1..=AMOUNT_MAX).contains(&cap), "/cap", "a cap is 1 to 2^53 - 1"),
        (floor <= cap, "/floor", "the floor lies above the cap"),
    ];
    let wrong = checks.into_iter().filter(|(holds, ..)| !holds);
    wrong.map(|(_, place, message)| Problem::at(place, message)).collect()
}

tombola_rule::export!(rebate: PurchaseRebate);

#[cfg(test)]
mod tests;
