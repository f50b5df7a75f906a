//! How much of a prize is handed over.

/// The largest amount: integers on the wire stay exact in JSON readers that hold numbers as doubles.
pub const AMOUNT_MAX: i64 = (1 << 53) - 1;

/// An amount (`low` equals `high`), or a range from which the host draws evenly, both ends included.
/// `1 <= low <= high <= AMOUNT_MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    low: i64,
    high: i64,
}

/// Ends that make no span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an amount from {low} to {high} is none: 1 <= low <= high <= 2^53 - 1 must hold")]
pub struct SpanError {
    low: i64,
    high: i64,
}

impl Span {
    /// One unit.
    pub const ONE: Self = Self { low: 1, high: 1 };

    /// The span between two ends, both included.
    pub const fn new(low: i64, high: i64) -> Result<Self, SpanError> {
        if 1 <= low && low <= high && high <= AMOUNT_MAX {
            Ok(Self { low, high })
        } else {
            Err(SpanError { low, high })
        }
    }

    /// The smallest amount.
    pub const fn low(self) -> i64 {
        self.low
    }

    /// The largest amount.
    pub const fn high(self) -> i64 {
        self.high
    }

    /// How many amounts there are, at least 1.
    pub const fn width(self) -> u64 {
        (self.high - self.low).unsigned_abs() + 1
    }

    /// Whether every amount of `other` is one of this span's.
    pub const fn contains(self, other: Self) -> bool {
        self.low <= other.low && other.high <= self.high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_checked() {
        assert_eq!(Span::new(1, AMOUNT_MAX).map(Span::width), Ok(AMOUNT_MAX as u64));
        for (low, high) in [(0, 1), (2, 1), (-1, 1), (1, AMOUNT_MAX + 1)] {
            assert_eq!(Span::new(low, high), Err(SpanError { low, high }));
        }
    }
}
