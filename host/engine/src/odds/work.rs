//! Exact fractions, within a bound on the work that they make.

use num_rational::BigRational;

use super::TooManyWays;

/// What adding up may cost: some seconds at the most. A campaign of ten thousand prizes through a tree of a thousand ways takes a
/// twentieth of it.
const WORK_MAX: u64 = 8_000_000;
/// Bits of a number that are worked on together.
const WORD_BITS: u64 = 64;

/// What is left to do with, and where it is spent.
pub(super) struct Work {
    left: u64,
    place: String,
}

impl Work {
    pub(super) fn new() -> Self {
        Self { left: WORK_MAX, place: String::new() }
    }

    /// What follows is spent on this place of the document.
    pub(super) fn at(&mut self, place: impl Into<String>) {
        self.place = place.into();
    }

    pub(super) fn times(&mut self, one: &BigRational, other: &BigRational) -> Result<BigRational, TooManyWays> {
        self.spend(one, other)?;
        Ok(one * other)
    }

    pub(super) fn add(&mut self, sum: &mut BigRational, part: &BigRational) -> Result<(), TooManyWays> {
        self.spend(sum, part)?;
        *sum += part;
        Ok(())
    }

    /// Finding lowest terms takes the square of a fraction's length.
    fn spend(&mut self, one: &BigRational, other: &BigRational) -> Result<(), TooManyWays> {
        let words = words(one) + words(other);
        match self.left.checked_sub(words.saturating_mul(words)) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(TooManyWays { place: self.place.clone() }),
        }
    }
}

fn words(fraction: &BigRational) -> u64 {
    fraction.numer().bits().max(fraction.denom().bits()) / WORD_BITS + 1
}
