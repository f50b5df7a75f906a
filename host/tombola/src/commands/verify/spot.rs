//! Where a receipt stands among all that are checked, and what was found of it by itself, in the 64 bits that are kept of it.

use tombola_audit::Verdict;

/// How many files can be checked together.
pub(super) const FILES_MAX: usize = 1 << 16;
const RECORD_BITS: u32 = 45;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    /// The file's number, from 0.
    pub(super) file: u16,
    /// From 1.
    pub(super) record: usize,
    pub(super) standing: Standing,
    pub(super) seed_follows: bool,
}

/// A verdict on a receipt that is not invalid, from the one that says most to the one that says least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    Authentic,
    OtherEngine,
    Incomplete,
    Unauthenticated,
}

const STANDINGS: [Standing; 4] =
    [Standing::Authentic, Standing::OtherEngine, Standing::Incomplete, Standing::Unauthenticated];

impl Standing {
    /// None of what is invalid.
    pub(super) fn of(verdict: &Verdict) -> Option<Self> {
        match verdict {
            Verdict::Authentic => Some(Self::Authentic),
            Verdict::Unauthenticated { .. } => Some(Self::Unauthenticated),
            Verdict::OtherEngine(_) => Some(Self::OtherEngine),
            Verdict::Incomplete(_) => Some(Self::Incomplete),
            Verdict::Invalid(_) => None,
        }
    }
}

impl Spot {
    /// In the order of files and records.
    pub(super) fn to_bits(self) -> u64 {
        let record = (self.record as u64) & ((1 << RECORD_BITS) - 1);
        let found = u64::from(self.seed_follows) << 2 | self.standing as u64;
        u64::from(self.file) << (RECORD_BITS + 3) | record << 3 | found
    }

    pub(super) fn from_bits(bits: u64) -> Self {
        let record = (bits >> 3) & ((1 << RECORD_BITS) - 1);
        Self {
            file: u16::try_from(bits >> (RECORD_BITS + 3)).expect("16 bits are left"),
            record: usize::try_from(record).expect("it was one"),
            standing: STANDINGS[usize::from(bits.to_le_bytes()[0] & 3)],
            seed_follows: bits & 4 != 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spots_are_read_back_and_stand_in_order() {
        let mut last = 0;
        for file in [0, 1, u16::MAX] {
            for record in [1, 2, 1 << 40] {
                for (standing, seed_follows) in
                    [false, true].iter().flat_map(|follows| STANDINGS.map(|standing| (standing, *follows)))
                {
                    let spot = Spot { file, record, standing, seed_follows };
                    assert_eq!(Spot::from_bits(spot.to_bits()), spot);
                    assert!(spot.to_bits() > last);
                    last = spot.to_bits();
                }
            }
        }
    }
}
