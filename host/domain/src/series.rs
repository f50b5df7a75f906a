//! One or more of a kind: what a request for several draws comes to, where most come to one.

/// The most draws of one series: ten times a player's ten-fold draw, and little beside what a batch may hold.
pub const DRAWS_MAX: u32 = 100;

/// How many draws a request wants: 1 to [`DRAWS_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(u32);

/// A number that is no count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a request draws 1 to {DRAWS_MAX} times")]
pub struct CountError;

impl Count {
    /// One draw.
    pub const ONE: Self = Self(1);

    /// So many draws.
    pub const fn new(count: u32) -> Result<Self, CountError> {
        if 1 <= count && count <= DRAWS_MAX { Ok(Self(count)) } else { Err(CountError) }
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// One or more, in order. One alone costs no allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series<T> {
    /// The first.
    pub first: T,
    /// Those after it.
    pub rest: Vec<T>,
}

impl<T> Series<T> {
    /// One alone.
    pub const fn one(first: T) -> Self {
        Self { first, rest: Vec::new() }
    }

    /// All of them; `None` where there are none.
    pub fn from_vec(mut all: Vec<T>) -> Option<Self> {
        if all.is_empty() {
            return None;
        }
        let rest = all.split_off(1);
        all.pop().map(|first| Self { first, rest })
    }

    /// How many there are, at least 1.
    #[expect(clippy::len_without_is_empty, reason = "a series is never empty")]
    pub const fn len(&self) -> usize {
        1 + self.rest.len()
    }

    /// The last.
    pub fn last(&self) -> &T {
        self.rest.last().unwrap_or(&self.first)
    }

    /// Each, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        std::iter::once(&self.first).chain(&self.rest)
    }

    /// What `change` makes of each.
    pub fn map<U>(self, mut change: impl FnMut(T) -> U) -> Series<U> {
        let first = change(self.first);
        Series { first, rest: self.rest.into_iter().map(change).collect() }
    }
}

impl<T> IntoIterator for Series<T> {
    type Item = T;
    type IntoIter = std::iter::Chain<std::iter::Once<T>, std::vec::IntoIter<T>>;

    fn into_iter(self) -> Self::IntoIter {
        std::iter::once(self.first).chain(self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_in_order() {
        let three = Series::from_vec(vec![1, 2, 3]).unwrap();
        assert_eq!((three.len(), *three.last(), three.iter().copied().collect::<Vec<_>>()), (3, 3, vec![1, 2, 3]));
        assert_eq!(three.map(|number| number * 2).into_iter().collect::<Vec<_>>(), [2, 4, 6]);
        assert_eq!((Series::one(7).len(), *Series::one(7).last()), (1, 7));
        assert_eq!(Series::from_vec(vec![7]), Some(Series::one(7)));
        assert_eq!(Series::<u8>::from_vec(vec![]), None);
    }

    #[test]
    fn counts_lie_within_their_bounds() {
        for (count, expected) in [(0, None), (1, Some(1)), (DRAWS_MAX, Some(DRAWS_MAX)), (DRAWS_MAX + 1, None)] {
            assert_eq!(Count::new(count).ok().map(Count::get), expected);
        }
    }
}
