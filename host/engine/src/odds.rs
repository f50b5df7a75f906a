//! Odds as they are declared, and as they come out of the whole pipeline: exact fractions from end to end.

mod answers;
mod decimal;
mod sum;
mod tree;
mod work;

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigInt;
use num_rational::BigRational;
use tombola_domain::amount::Span;
use tombola_domain::draw::Limit;
use tombola_domain::fact::Value;
use tombola_domain::id::PrizeId;

pub use decimal::decimal;

use self::sum::Sum;
use crate::decide::{DRAW_FUEL_MAX, Watch};
use crate::finding::{Code, Finding};
use crate::pipeline::Pipeline;
use crate::rule::Unavailable;

/// What a draw may come to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// A prize, with an amount that is drawn evenly from a span.
    Prize(PrizeId, Span),
    /// Nothing.
    Nothing,
    /// A refusal, by its code.
    Refused(String),
}

/// A probability for each outcome that has one; exactly 1 in all.
pub type Distribution = BTreeMap<Outcome, BigRational>;

/// Under what effective odds are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The values of [`Pipeline::facts`], in its order.
    pub facts: &'a [Value],
    /// Of each prize of the pipeline, the limit that the player has reached.
    pub limits: &'a [Option<Limit>],
    /// Positions of the prizes that are sold out.
    pub sold_out: &'a BTreeSet<usize>,
}

/// Why there are no effective odds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untold {
    /// A rule could not be run.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// See [`TooManyWays`].
    #[error(transparent)]
    TooManyWays(#[from] TooManyWays),
    /// See [`TooMuchFuel`].
    #[error(transparent)]
    TooMuchFuel(#[from] TooMuchFuel),
}

/// The fractions grew too many or too long to be added up exactly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there are too many ways through {place} to tell their odds exactly")]
pub struct TooManyWays {
    /// JSON pointer to the guard, pool or tree at which the sum was given up.
    pub place: String,
}

/// Rules that a draw may ask one after the other took more fuel in all than it has, so that what the last of them answer depends
/// on the way to them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("up to {place} rules take more fuel than a draw has, {DRAW_FUEL_MAX}, so that their odds can't be told")]
pub struct TooMuchFuel {
    /// JSON pointer to the guard or the node of a tree at which there was none left.
    pub place: String,
}

impl From<TooMuchFuel> for Finding {
    fn from(fuel: TooMuchFuel) -> Self {
        Self {
            code: Code::TooMuchFuel,
            message: fuel.to_string(),
            place: fuel.place,
            hint: "Use rules that take less, or fewer of them one behind the other: all guards and the nodes of any way through a tree must do with what a draw has."
                .to_owned(),
        }
    }
}

impl From<TooManyWays> for Finding {
    fn from(ways: TooManyWays) -> Self {
        Self {
            code: Code::TooManyWays,
            message: ways.to_string(),
            place: ways.place,
            hint: "Let weighted rules share out among fewer outcomes, put fewer of them one behind the other, or give shares and \
                   weights totals with few factors, such as powers of ten."
                .to_owned(),
        }
    }
}

/// A pool's name and the share of each of its entries; `None` is nothing.
pub type DeclaredPool = (String, Vec<(Option<PrizeId>, BigRational)>);

/// Each pool's shares as its table has them.
pub fn declared(pipeline: &Pipeline) -> Vec<DeclaredPool> {
    let pool = |pool: &crate::pipeline::Pool| {
        let share = |position| ratio(pool.table.weight(position), pool.table.total());
        let entry = |entry: &Option<usize>| entry.map(|prize| pipeline.prizes[prize].id.clone());
        let entries = pool.entries.iter().enumerate();
        (pool.name.to_string(), entries.map(|(position, prize)| (entry(prize), share(position))).collect())
    };
    pipeline.pools.iter().map(pool).collect()
}

/// The odds of the whole pipeline: every rule runs on these facts, once a node, and the fractions are added up over all
/// tickets and all weighted decisions. `watch` sees the rules run. The work is bounded, however many ways there are.
pub fn effective(
    pipeline: &Pipeline,
    circumstances: &Circumstances<'_>,
    watch: &mut impl Watch,
) -> Result<Distribution, Untold> {
    Sum::new(pipeline, circumstances, watch).effective()
}

fn ratio(numerator: u64, denominator: u64) -> BigRational {
    BigRational::new(BigInt::from(numerator), BigInt::from(denominator))
}

#[cfg(test)]
mod tests;
