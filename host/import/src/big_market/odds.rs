//! The odds that a strategy says, beside those that its slots gave.

use num_rational::BigRational;

use super::context::Context;
use super::note::Code;
use super::pools::Tier;
use super::rate::Rate;
use super::slots::{proportions, slots};
use super::tables::StrategyAward;

/// The odds in one pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolOdds {
    /// The pool of the document.
    pub pool: String,
    /// From how many draws on it is drawn from; `None` for the default pool.
    pub from: Option<i64>,
    /// In the order of the document.
    pub prizes: Vec<PrizeOdds>,
}

/// The odds of one prize in a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrizeOdds {
    /// The prize's id.
    pub prize: String,
    /// What people call it.
    pub title: String,
    /// In the default pool the rate as it is written; in a tier the rate as a part of those that remain.
    pub declared: BigRational,
    /// What the slots of the reference gave.
    pub reference: BigRational,
}

/// Of the default pool, and of each tier.
pub(super) fn odds(context: &mut Context<'_>, tiers: &[Tier<'_>]) -> Vec<PoolOdds> {
    let default = pool(tombola_engine::document::DEFAULT_POOL.to_owned(), None, &context.awards.clone());
    let tiers = tiers.iter().map(|tier| pool(tier.pool(), Some(tier.from), &tier.awards));
    let odds: Vec<PoolOdds> = default.into_iter().chain(tiers.flatten()).collect();
    for one in &odds {
        tell(context, one);
    }
    odds
}

/// `None` where nothing can be drawn.
fn pool(pool: String, from: Option<i64>, awards: &[&StrategyAward]) -> Option<PoolOdds> {
    let rates: Vec<&Rate> = awards.iter().map(|award| &award.rate).collect();
    let declared = match from {
        None => rates.iter().map(|rate| rate.ratio()).collect(),
        Some(_) => proportions(&rates)?,
    };
    let prizes = awards.iter().zip(declared).zip(slots(&rates)?);
    let prizes = prizes.map(|((award, declared), reference)| PrizeOdds {
        prize: award.award.to_string(),
        title: award.title.clone().unwrap_or_default(),
        declared,
        reference,
    });
    Some(PoolOdds { pool, from, prizes: prizes.collect() })
}

/// Tells the prize whose odds the slots changed most, as a factor.
fn tell(context: &mut Context<'_>, odds: &PoolOdds) {
    let total: BigRational = odds.prizes.iter().map(|prize| &prize.declared).sum();
    let meant = |prize: &PrizeOdds| &prize.declared / &total;
    let factor = |prize: &PrizeOdds| {
        let factor = &prize.reference / meant(prize);
        if factor < BigRational::from_integer(1.into()) { factor.recip() } else { factor }
    };
    let drawn = odds.prizes.iter().filter(|prize| prize.declared > BigRational::default());
    let Some(most) = drawn.filter(|prize| prize.reference != meant(prize)).max_by_key(|prize| factor(prize)) else {
        return;
    };
    let message = format!(
        "in the pool '{}' the slots of the reference gave {} to award {}, where {} is meant; here it is what is meant",
        odds.pool,
        most.reference,
        most.prize,
        meant(most)
    );
    context.note(
        Code::OddsDiffer,
        context.here(),
        message,
        "Decide whether players were promised the one or the other.",
    );
}
