//! How much of an event is reversed: all of it at once, or part after part.

use crate::amount::AMOUNT_MAX;
use crate::ledger::proportion;

/// So much of a whole, as of a purchase's goods some are returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    amount: i64,
    of: i64,
}

impl Part {
    /// `None` unless 1 <= `amount` <= `of` <= [`AMOUNT_MAX`].
    pub fn new(amount: i64, of: i64) -> Option<Self> {
        (1 <= amount && amount <= of && of <= AMOUNT_MAX).then_some(Self { amount, of })
    }

    /// How much.
    pub const fn amount(self) -> i64 {
        self.amount
    }

    /// Of how much in all.
    pub const fn of(self) -> i64 {
        self.of
    }

    /// Whether it is all there is.
    pub const fn is_whole(self) -> bool {
        self.amount == self.of
    }
}

/// Why a part can't be reversed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PartRefused {
    /// Parts before it were of another whole.
    #[error("earlier parts of it are of {of}")]
    OtherWhole {
        /// Of which.
        of: i64,
    },
    /// Less is left.
    #[error("{left} of {of} are left of it to be reversed")]
    Exceeds {
        /// How much.
        left: i64,
        /// Of how much in all.
        of: i64,
    },
}

/// One reversal among all that there are of an event in one campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    before: i64,
    after: i64,
    of: i64,
}

impl Step {
    /// Reverses this part after what was reversed before, or whatever is left where no part is named.
    pub fn new(before: Option<Part>, wanted: Option<Part>) -> Result<Self, PartRefused> {
        let done = before.map_or(0, Part::amount);
        let of = before.or(wanted).map_or(1, Part::of);
        match wanted {
            None => Ok(Self { before: done, after: of, of }),
            // Of what is gone as a whole there is no part, of whatever it would be.
            Some(part) if part.of != of && done < of => Err(PartRefused::OtherWhole { of }),
            Some(part) if part.of != of || part.amount > of - done => Err(PartRefused::Exceeds { left: of - done, of }),
            Some(part) => Ok(Self { before: done, after: done + part.amount, of }),
        }
    }

    /// How much of the whole it is; 0 where nothing was left.
    pub const fn amount(self) -> i64 {
        self.after - self.before
    }

    /// Of how much in all.
    pub const fn of(self) -> i64 {
        self.of
    }

    /// How much of the whole is reversed after it.
    pub const fn after(self) -> i64 {
        self.after
    }

    /// Whether nothing is left after it.
    pub const fn is_last(self) -> bool {
        self.after == self.of
    }

    /// Of a reward, what was taken back before it, and what is by it.
    pub fn share(self, reward: i64) -> (i64, i64) {
        let [before, after] = [self.before, self.after].map(|reversed| proportion(reward, reversed, self.of));
        (before, after - before)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(amount: i64, of: i64) -> Option<Part> {
        Part::new(amount, of)
    }

    #[test]
    fn a_part_is_no_more_than_its_whole() {
        for (amount, of) in [(0, 1), (2, 1), (-1, 3), (1, AMOUNT_MAX + 1)] {
            assert_eq!(Part::new(amount, of), None, "{amount} of {of}");
        }
        assert!(part(AMOUNT_MAX, AMOUNT_MAX).is_some_and(Part::is_whole));
    }

    #[test]
    fn parts_are_of_one_whole_and_add_up_to_it_at_most() {
        let step = |before, wanted| Step::new(before, wanted).map(|step| (step.amount(), step.of(), step.is_last()));
        assert_eq!(step(None, None), Ok((1, 1, true)));
        assert_eq!(step(None, part(2, 5)), Ok((2, 5, false)));
        assert_eq!(step(part(2, 5), part(3, 5)), Ok((3, 5, true)));
        assert_eq!(step(part(2, 5), None), Ok((3, 5, true)));
        assert_eq!(step(part(5, 5), None), Ok((0, 5, true)));
        assert_eq!(step(part(2, 5), part(1, 10)), Err(PartRefused::OtherWhole { of: 5 }));
        assert_eq!(step(part(2, 5), part(4, 5)), Err(PartRefused::Exceeds { left: 3, of: 5 }));
        assert_eq!(step(part(1, 1), part(1, 5)), Err(PartRefused::Exceeds { left: 0, of: 1 }));
    }

    proptest! {
        /// However it is cut, and never more on the way than its share, rounded down.
        #[test]
        fn parts_of_a_reward_add_up_to_it(reward in 0..=AMOUNT_MAX, cuts in prop::collection::vec(1..1000i64, 1..20)) {
            let of = cuts.iter().sum();
            let (mut before, mut taken) = (None, 0);
            for amount in cuts {
                let step = Step::new(before, part(amount, of)).expect("they add up to the whole");
                let (so_far, more) = step.share(reward);
                prop_assert_eq!(so_far, taken);
                taken += more;
                prop_assert!(more >= 0 && i128::from(taken) * i128::from(of) <= i128::from(reward) * i128::from(step.after()));
                before = part(step.after(), of);
            }
            prop_assert_eq!(taken, reward);
        }
    }
}
