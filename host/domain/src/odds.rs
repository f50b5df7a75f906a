//! Odds: exact from document to prize. Shares are rationals, tables are integers, and no floating point comes between.

use std::str::FromStr;

/// The largest total of a table: 2^63, so that sums and tickets fit in 64 bits with room to check.
pub const TOTAL_MAX: u64 = 1 << 63;

/// What a pool's entry is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// A part of 1: numerator and denominator, in lowest terms.
    Part(u64, u64),
    /// What the other parts leave of 1.
    Rest,
    /// A weight against the other weights.
    Weight(u64),
}

/// A text that is no share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// Not of any known form.
    #[error("a share is a decimal such as \"0.0001\", a fraction such as \"1/5\", or rest")]
    Form,
    /// Zero, or a fraction above 1.
    #[error("a share lies above 0 and is at most 1")]
    Range,
    /// More digits than can be held exactly.
    #[error("a share's numerator and denominator are below 2^63; this one has too many digits")]
    Precision,
}

impl FromStr for Share {
    type Err = ShareError;

    fn from_str(text: &str) -> Result<Self, ShareError> {
        if text == "rest" {
            return Ok(Self::Rest);
        }
        let (numerator, denominator) = match text.split_once('/') {
            Some((numerator, denominator)) => (digits(numerator)?, digits(denominator)?),
            None => decimal(text)?,
        };
        if numerator == 0 || numerator > denominator {
            return Err(ShareError::Range);
        }
        let divisor = gcd(numerator, denominator);
        let fit = |number: u128| u64::try_from(number / divisor).ok().filter(|number| *number <= TOTAL_MAX);
        match (fit(numerator), fit(denominator)) {
            (Some(numerator), Some(denominator)) => Ok(Self::Part(numerator, denominator)),
            _ => Err(ShareError::Precision),
        }
    }
}

fn digits(text: &str) -> Result<u128, ShareError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ShareError::Form);
    }
    text.parse().map_err(|_| ShareError::Precision)
}

/// `12.50` as (1250, 100).
fn decimal(text: &str) -> Result<(u128, u128), ShareError> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let places = u32::try_from(fraction.len()).map_err(|_| ShareError::Precision)?;
    let scale = 10u128.checked_pow(places).ok_or(ShareError::Precision)?;
    let numerator = digits(whole)?.checked_mul(scale).and_then(|whole| whole.checked_add(digits(fraction).ok()?));
    match numerator {
        Some(numerator) => Ok((numerator, scale)),
        None => digits(fraction).and(Err(ShareError::Precision)),
    }
}

fn gcd(mut one: u128, mut other: u128) -> u128 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

/// Shares that make no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// No entries.
    #[error("a pool needs at least one entry")]
    Empty,
    /// Weights beside decimals or fractions.
    #[error("weights can't stand beside decimals, fractions or rest; use one kind in a pool")]
    Mixed,
    /// `rest` twice.
    #[error("only one entry may be rest")]
    TwoRests,
    /// A weight of zero.
    #[error("the weight at position {0} is 0; weights are at least 1")]
    Zero(usize),
    /// The parts are more or less than 1 in all, in lowest terms.
    #[error("the shares sum to {0}/{1}, not to 1")]
    Sum(u128, u128),
    /// The parts sum to 1 without `rest`.
    #[error("the other shares leave nothing for rest")]
    NothingLeft,
    /// The common denominator or the sum of weights is too large.
    #[error("the common denominator (or the sum of the weights) exceeds 2^63")]
    TooFine,
}

/// A cumulative table of integer weights, from which a ticket picks one position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Strictly ascending; the last is the total.
    ends: Box<[u64]>,
}

impl Table {
    /// The table that gives every position exactly its share. Parts are brought to their least common denominator.
    pub fn new(shares: &[Share]) -> Result<Self, TableError> {
        let weights = shares.iter().map(|share| match share {
            Share::Weight(weight) => Some(*weight),
            _ => None,
        });
        match weights.clone().flatten().count() {
            0 => Self::from_parts(shares),
            count if count == shares.len() => Self::from_weights(weights.flatten()),
            _ => Err(TableError::Mixed),
        }
    }

    /// The table of these weights, each at least 1.
    pub fn from_weights(weights: impl IntoIterator<Item = u64>) -> Result<Self, TableError> {
        let mut total = 0u64;
        let ends = weights.into_iter().enumerate().map(|(position, weight)| {
            if weight == 0 {
                return Err(TableError::Zero(position));
            }
            total = total.checked_add(weight).filter(|total| *total <= TOTAL_MAX).ok_or(TableError::TooFine)?;
            Ok(total)
        });
        let ends: Box<[u64]> = ends.collect::<Result<_, _>>()?;
        if ends.is_empty() { Err(TableError::Empty) } else { Ok(Self { ends }) }
    }

    fn from_parts(shares: &[Share]) -> Result<Self, TableError> {
        let parts =
            || shares.iter().filter_map(|share| if let Share::Part(n, d) = share { Some((*n, *d)) } else { None });
        let rests = shares.iter().filter(|share| **share == Share::Rest).count();
        if shares.is_empty() {
            return Err(TableError::Empty);
        }
        if rests > 1 {
            return Err(TableError::TwoRests);
        }
        let denominator = parts().try_fold(1u128, |common, (_, denominator)| {
            let denominator = u128::from(denominator);
            let common = common / gcd(common, denominator) * denominator;
            if common <= u128::from(TOTAL_MAX) { Ok(common) } else { Err(TableError::TooFine) }
        })?;
        let weight = |n: u64, d: u64| u128::from(n) * (denominator / u128::from(d));
        let sum: u128 = parts().map(|(n, d)| weight(n, d)).sum();
        let rest = match (rests, denominator.checked_sub(sum)) {
            (0, Some(0)) => 0,
            (1, Some(0)) => return Err(TableError::NothingLeft),
            (1, Some(rest)) => rest,
            _ => {
                let divisor = gcd(sum, denominator);
                return Err(TableError::Sum(sum / divisor, denominator / divisor));
            }
        };
        Self::from_weights(shares.iter().map(|share| match share {
            Share::Part(n, d) => fitted(weight(*n, *d)),
            Share::Rest | Share::Weight(_) => fitted(rest),
        }))
    }

    /// How many positions there are, at least 1.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Never: a table has at least one position.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The sum of all weights; tickets are below it.
    pub fn total(&self) -> u64 {
        *self.ends.last().expect("a table has at least one position")
    }

    /// The weight of a position.
    pub fn weight(&self, position: usize) -> u64 {
        self.ends[position] - self.first(position)
    }

    /// The lowest ticket of a position.
    pub fn first(&self, position: usize) -> u64 {
        position.checked_sub(1).map_or(0, |before| self.ends[before])
    }

    /// The position that holds `ticket`, which is below the total.
    pub fn position(&self, ticket: u64) -> usize {
        assert!(ticket < self.total(), "a ticket lies below its table's total");
        self.ends.partition_point(|end| *end <= ticket)
    }
}

fn fitted(weight: u128) -> u64 {
    u64::try_from(weight).expect("at most the common denominator, which fits")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(shares: &[&str], expected: Result<&[u64], TableError>) {
        let shares: Vec<Share> = shares.iter().map(|share| share.parse().unwrap()).collect();
        let table = Table::new(&shares);
        let weights = table.map(|table| (0..table.len()).map(|position| table.weight(position)).collect::<Vec<_>>());
        assert_eq!(weights.as_deref(), expected.as_ref().map(|weights| *weights));
    }

    #[test]
    fn shares_become_the_smallest_weights() {
        check(&["0.0001", "1/5", "rest"], Ok(&[1, 2000, 7999]));
        check(&["1/3", "1/3", "1/3"], Ok(&[1, 1, 1]));
        check(&["1"], Ok(&[1]));
        check(&["rest"], Ok(&[1]));
        check(&["0.50", "0.5"], Ok(&[1, 1]));
        // The reference campaign whose own arithmetic turned 0.01 % into 7.69 %.
        check(
            &["0.3000", "0.2000", "0.2000", "0.1000", "0.1000", "0.0500", "0.0400", "0.0099", "0.0001"],
            Ok(&[3000, 2000, 2000, 1000, 1000, 500, 400, 99, 1]),
        );
    }

    #[test]
    fn shares_that_make_no_table() {
        check(&["0.5", "0.1", "0.01"], Err(TableError::Sum(61, 100)));
        check(&["0.5", "0.6"], Err(TableError::Sum(11, 10)));
        check(&["0.5", "0.6", "rest"], Err(TableError::Sum(11, 10)));
        check(&["0.5", "0.5", "rest"], Err(TableError::NothingLeft));
        check(&["rest", "rest"], Err(TableError::TwoRests));
        check(&[], Err(TableError::Empty));
        check(&["1/9223372036854775807", "1/9223372036854775806", "rest"], Err(TableError::TooFine));
        assert_eq!(Table::new(&[Share::Weight(1), Share::Rest]), Err(TableError::Mixed));
        assert_eq!(Table::new(&[Share::Weight(1), Share::Weight(0)]), Err(TableError::Zero(1)));
        assert_eq!(Table::new(&[Share::Weight(TOTAL_MAX), Share::Weight(1)]), Err(TableError::TooFine));
    }

    #[test]
    fn texts_that_are_no_shares() {
        let form = ["", ".", "1.", ".5", "-0.1", "1e-3", "1/", "/2", "1/2/3", "50%", "+0.5", " 0.5", "all"];
        let range = ["0", "0.0", "0/5", "1.1", "6/5", "1/0"];
        let precision = ["0.00000000000000000001", "1/9223372036854775809", &format!("0.{}1", "0".repeat(60))];
        for (texts, error) in
            [(&form[..], ShareError::Form), (&range, ShareError::Range), (&precision, ShareError::Precision)]
        {
            for text in texts {
                assert_eq!(text.parse::<Share>(), Err(error), "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn every_position_gets_exactly_its_weight(weights in prop::collection::vec(1u64..=1_000_000_000_000, 1..10_000)) {
            let table = Table::from_weights(weights.iter().copied()).unwrap();
            prop_assert_eq!(table.total(), weights.iter().sum::<u64>());
            // A position owns the tickets from the end of the one before it up to its own end, and no other: its first and
            // last ticket belong to it, so, the positions being contiguous, all between do, and there are `weight` of them.
            let mut first = 0;
            for (position, weight) in weights.iter().enumerate() {
                prop_assert_eq!(table.weight(position), *weight);
                prop_assert_eq!(table.position(first), position);
                prop_assert_eq!(table.position(first + weight - 1), position);
                first += weight;
            }
        }

        #[test]
        fn small_tables_are_right_ticket_by_ticket(weights in prop::collection::vec(1u64..40, 1..30)) {
            let table = Table::from_weights(weights.iter().copied()).unwrap();
            let mut counts = vec![0; weights.len()];
            for ticket in 0..table.total() {
                counts[table.position(ticket)] += 1;
            }
            prop_assert_eq!(counts, weights);
        }

        #[test]
        fn parts_keep_their_proportions(numerators in prop::collection::vec(1u64..1000, 1..50)) {
            let sum: u64 = numerators.iter().sum();
            let texts: Vec<Share> = numerators.iter().map(|n| format!("{n}/{sum}").parse().unwrap()).collect();
            let table = Table::new(&texts).unwrap();
            for (position, numerator) in numerators.iter().enumerate() {
                prop_assert_eq!(u128::from(table.weight(position)) * u128::from(sum), u128::from(*numerator) * u128::from(table.total()));
            }
        }
    }
}
