//! Pools: the rates of a strategy, and those of its tiers.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};
use tombola_engine::document::{DEFAULT_POOL, ShareText};

use super::context::Context;
use super::note::{Code, Place};
use super::rate::Rate;
use super::slots::{is_whole, proportions};
use super::tables::{StrategyAward, StrategyRule};

/// The rule that chooses other pools.
pub(super) const WEIGHT: &str = "rule_weight";
/// The largest weight that a document takes: a larger number would not be exact in readers that hold numbers as doubles.
const WEIGHT_MAX: u64 = (1 << 53) - 1;

/// Awards that remain possible from some number of draws on.
#[derive(Debug)]
pub(super) struct Tier<'a> {
    /// How many draws the player must have made.
    pub(super) from: i64,
    pub(super) awards: Vec<&'a StrategyAward>,
}

impl Tier<'_> {
    pub(super) fn pool(&self) -> String {
        format!("from-{}", self.from)
    }
}

/// The tiers of the strategy's weight rule (`60:102,103 200:106,107`), ascending.
pub(super) fn tiers<'a>(context: &mut Context<'a>) -> Vec<Tier<'a>> {
    let Some(rule) = context.rule(WEIGHT).filter(|_| context.models().contains(&WEIGHT)) else { return Vec::new() };
    let mut tiers = BTreeMap::new();
    for written in rule.value.as_deref().unwrap_or_default().split_whitespace() {
        match tier(context, rule, written) {
            Some(tier) => {
                if tiers.insert(tier.from, tier).is_some() {
                    left(context, rule, format!("'{written}' replaces the tier before it that begins there too"));
                }
            }
            None => {
                left(context, rule, format!("'{written}' leaves nothing to draw, or is not written like `60:102,103`"));
            }
        }
    }
    if !tiers.is_empty() {
        let message =
            "the reference hands a tier's prize over without asking its tree; here locks and stock hold for it as well";
        let hint = "Give such prizes a tree without a lock, if it must not hold.";
        context.note(Code::TierThroughTree, Place::row(StrategyRule::TABLE, rule.line), message, hint);
        counted(context, rule, tiers.keys());
    }
    tiers.into_values().collect()
}

/// Says what the numbers that tiers begin at are taken for.
fn counted<'n>(context: &mut Context<'_>, rule: &StrategyRule, from: impl Iterator<Item = &'n i64>) {
    let message = format!(
        "the tiers of strategy {} begin at {}: here these are draws that the player made in the campaign before; the reference holds them \
         against a score of the player's, which is their draws in some copies, and the points that they spent in others",
        context.strategy.id,
        from.map(i64::to_string).collect::<Vec<_>>().join(", ")
    );
    let hint =
        "Where yours counts points, divide each `from` by the price of a draw, or let the guard go by another fact.";
    context.note(Code::TierCounts, Place::row(StrategyRule::TABLE, rule.line), message, hint);
}

fn tier<'a>(context: &mut Context<'a>, rule: &StrategyRule, written: &str) -> Option<Tier<'a>> {
    let (from, ids) = written.split_once(':')?;
    let from = from.parse().ok()?;
    let mut awards = Vec::new();
    for id in ids.split(',') {
        match id.trim().parse().ok().and_then(|id| context.award(id)) {
            Some(award) => awards.push(award),
            None => left(context, rule, format!("'{id}' in '{written}' is no award of the strategy")),
        }
    }
    awards.iter().any(|award| !award.rate.is_zero()).then_some(Tier { from, awards })
}

fn left(context: &mut Context<'_>, rule: &StrategyRule, message: String) {
    context.note(Code::TierLeft, Place::row(StrategyRule::TABLE, rule.line), message, "Mend the tier in the document.");
}

pub(super) fn pools(context: &mut Context<'_>, tiers: &[Tier<'_>]) -> BTreeMap<String, BTreeMap<String, ShareText>> {
    let awards = context.awards.clone();
    for award in awards.iter().filter(|award| award.rate.is_zero()) {
        let message = format!("award {} has the rate 0, and is in no pool", award.award);
        let hint = "Give it a share, or drop the prize.";
        context.note(Code::RateZero, Place::row(StrategyAward::TABLE, award.line), message, hint);
    }
    let drawn: Vec<&StrategyAward> = awards.into_iter().filter(|award| !award.rate.is_zero()).collect();
    let rates: Vec<&Rate> = drawn.iter().map(|award| &award.rate).collect();
    let shares = if is_whole(&rates) {
        rates.iter().map(|rate| ShareText::Text(rate.as_str().to_owned())).collect()
    } else {
        relative(context, &rates);
        weights(&rates)
    };
    let default = (DEFAULT_POOL.to_owned(), entries(&drawn, shares));
    let of_tier = |tier: &Tier<'_>| {
        let drawn: Vec<&StrategyAward> = tier.awards.iter().copied().filter(|award| !award.rate.is_zero()).collect();
        let shares = weights(&drawn.iter().map(|award| &award.rate).collect::<Vec<_>>());
        (tier.pool(), entries(&drawn, shares))
    };
    [default].into_iter().chain(tiers.iter().map(of_tier)).collect()
}

fn relative(context: &mut Context<'_>, rates: &[&Rate]) {
    let sum: BigRational = rates.iter().map(|rate| rate.ratio()).sum();
    let message = format!(
        "the rates of strategy {} sum to {sum}, not to 1; the reference draws one of the slots that it has filled, so that they count in \
         proportion to each other, and so they do here",
        context.strategy.id
    );
    let hint = "If the rest was meant to be no prize, write the rates as decimals, and `nothing: rest`.";
    context.note(Code::RatesRelative, context.here(), message, hint);
}

fn entries(awards: &[&StrategyAward], shares: Vec<ShareText>) -> BTreeMap<String, ShareText> {
    awards.iter().map(|award| award.award.to_string()).zip(shares).collect()
}

/// The smallest whole numbers of the same proportions, or fractions where these are too large for a document.
fn weights(rates: &[&Rate]) -> Vec<ShareText> {
    let Some(parts) = proportions(rates) else { return Vec::new() };
    let common = parts.iter().fold(BigInt::one(), |common, part| common.lcm(part.denom()));
    let weights: Vec<BigInt> = parts.iter().map(|part| part.numer() * (&common / part.denom())).collect();
    let divisor = weights.iter().fold(BigInt::zero(), |divisor, weight| divisor.gcd(weight));
    let fitted = weights.iter().map(|weight| (weight / &divisor).to_u64().filter(|weight| *weight <= WEIGHT_MAX));
    match fitted.collect::<Option<Vec<u64>>>() {
        Some(weights) => weights.into_iter().map(ShareText::Weight).collect(),
        None => parts.iter().map(|part| ShareText::Text(format!("{}/{}", part.numer(), part.denom()))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rates: &[&str], expected: &[ShareText]) {
        let rates: Vec<Rate> = rates.iter().map(|rate| rate.parse().unwrap()).collect();
        assert_eq!(weights(&rates.iter().collect::<Vec<_>>()), expected);
    }

    #[test]
    fn weights_are_as_small_as_can_be() {
        check(&["0.5000", "0.1000", "0.0100"], &[50, 10, 1].map(ShareText::Weight));
        check(&["0.0500", "0.0400"], &[5, 4].map(ShareText::Weight));
        check(&["0.1"], &[1].map(ShareText::Weight));
        check(&["74", "4.5"], &[148, 9].map(ShareText::Weight));
    }

    #[test]
    fn weights_that_are_too_large_become_fractions() {
        let fraction = |text: &str| ShareText::Text(text.to_owned());
        check(
            &["0.9", "0.0000000000000000001"],
            &[fraction("9000000000000000000/9000000000000000001"), fraction("1/9000000000000000001")],
        );
    }
}
