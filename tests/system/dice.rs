//! Chance for tests that kill servers at any moment.

use std::time::Duration;

/// Moments and choices that are other ones in each run (`SplitMix64` by Steele, Lea and Flood, 2014). What it began with is
/// printed, and `TOMBOLA_DICE` has it begin with that again, though the machine adds chance of its own.
pub(crate) struct Dice(u64);

impl Dice {
    #[expect(clippy::disallowed_methods, reason = "whoever repeats a run says so when it starts")]
    pub(crate) fn of_this_process() -> Self {
        let again = std::env::var("TOMBOLA_DICE").ok().map(|seed| seed.parse().expect("TOMBOLA_DICE is a number"));
        let seed = again.unwrap_or_else(|| u64::from(std::process::id()));
        println!("the dice began with {seed}: TOMBOLA_DICE={seed} repeats it");
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
