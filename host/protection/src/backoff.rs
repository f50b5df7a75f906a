use std::time::Duration;

/// Waits that double with each try up to a bound, of which the upper half is random, so that those who failed together don't
/// come back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// How long the first wait is at most.
    pub first: Duration,
    /// How long any is.
    pub longest: Duration,
}

/// Beyond this no wait doubles any more, whatever its bound.
const DOUBLINGS_MAX: u32 = 16;

impl Backoff {
    /// The wait after so many tries that failed, of which the first counts as 0.
    pub fn wait(&self, tries: u32, random: u64) -> Duration {
        let whole = self.first.saturating_mul(1 << tries.min(DOUBLINGS_MAX)).min(self.longest);
        let half = whole / 2;
        let millis = u64::try_from(half.as_millis()).unwrap_or(u64::MAX - 1);
        half + Duration::from_millis(random % (millis + 1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_mins(5) };

    #[test]
    fn waits_grow_up_to_a_bound() {
        let check = |tries, random, millis| assert_eq!(BACKOFF.wait(tries, random), Duration::from_millis(millis));
        check(0, 0, 500);
        check(0, 500, 1_000);
        check(3, 0, 4_000);
        check(3, 4_000, 8_000);
        check(3, 4_001, 4_000);
        check(9, 0, 150_000);
        check(u32::MAX, 150_000, 300_000);
    }

    proptest! {
        #[test]
        fn no_wait_is_longer_than_the_longest_or_shorter_than_half_of_its_own(tries: u32, random: u64, first in 1u64..100_000) {
            let backoff = Backoff { first: Duration::from_millis(first), ..BACKOFF };
            let whole = backoff.first.saturating_mul(1 << tries.min(DOUBLINGS_MAX)).min(backoff.longest);
            let wait = backoff.wait(tries, random);
            prop_assert!(whole / 2 <= wait && wait <= whole);
        }
    }
}
