//! Chance for tests that kill servers at any moment.

use std::time::Duration;

/// Moments and choices that are other ones in each run (`SplitMix64` by Steele, Lea and Flood, 2014). What it began with is
/// printed, though the machine adds chance of its own.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn of_this_process() -> Self {
        let seed = u64::from(std::process::id());
        println!("the dice began with {seed}");
        Self(seed)
    }

    /// The same again.
    pub(crate) const fn of(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(crate) fn up_to(&mut self, longest: Duration) -> Duration {
        let micros = u64::try_from(longest.as_micros()).unwrap();
        Duration::from_micros(self.below(micros))
    }

    /// Others.
    pub(crate) fn again(&mut self) -> Self {
        Self(self.next())
    }
}
