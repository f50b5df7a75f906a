use std::time::Duration;

/// After how long half of the first tries are forgotten. Long beside the pauses between bursts of them: right after a burst they would be taken
/// for more a second than they are.
const HALF_LIFE: Duration = Duration::from_mins(2);
/// Retries that can be saved up: enough for what fails in an instant, and no more.
const SAVED_MAX: f64 = 10.0;
/// Retries a second that are there where first tries earn fewer, so that the last ones are made too: two a minute.
const FLOOR: f64 = 1.0 / 30.0;
/// What the floor gave in the last minute: first tries earn what is beyond it.
const FLOORED_MAX: f64 = FLOOR * 60.0;

/// How many retries there may be: so many for each hundred first tries. A retry is charged when it is scheduled, and waits for the
/// time at which it will have been earned.
#[derive(Debug, Clone)]
pub struct Budget {
    /// Retries for each first try.
    ratio: f64,
    /// What is left; below zero it is owed.
    left: f64,
    /// First tries of late, the older the less.
    recent: f64,
    /// What the floor gave of late, and no first try earned yet.
    floored: f64,
    /// Up to which moment the others are worked out.
    at: Duration,
}

impl Budget {
    /// A budget of so many retries for each hundred first tries. `now` is any clock's time, as long as it is always that clock's.
    pub fn new(percent: u32, now: Duration) -> Self {
        Self { ratio: f64::from(percent) / 100.0, left: SAVED_MAX, recent: 0.0, floored: 0.0, at: now }
    }

    /// Notes a first try.
    pub fn earn(&mut self, now: Duration) {
        self.pass_to(now);
        self.recent += 1.0;
        let floored = self.ratio.min(self.floored);
        self.floored -= floored;
        self.left = (self.left + self.ratio - floored).min(SAVED_MAX);
    }

    /// Charges a retry, and answers how long it waits at least.
    pub fn charge(&mut self, now: Duration) -> Duration {
        self.pass_to(now);
        self.left -= 1.0;
        let owed = (-self.left).max(0.0);
        Duration::try_from_secs_f64(owed / self.a_second()).unwrap_or(Duration::MAX)
    }

    /// Retries that are earned in a second, as things are.
    fn a_second(&self) -> f64 {
        let earned = self.ratio * self.recent * std::f64::consts::LN_2 / HALF_LIFE.as_secs_f64();
        earned.max(FLOOR)
    }

    /// A clock that is set back changes nothing.
    fn pass_to(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.recent *= (-passed / HALF_LIFE.as_secs_f64()).exp2();
        let before = self.left;
        self.left = (before + FLOOR * passed).min(SAVED_MAX);
        self.floored = (self.floored + self.left - before).min(FLOORED_MAX);
        self.at = self.at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    use proptest::prelude::*;

    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn what_is_saved_up_is_there_at_once_and_the_rest_waits() {
        let mut budget = Budget::new(20, seconds(0.0));
        let waits: Vec<_> = (0..12).map(|_| budget.charge(seconds(0.0)).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 30, 60]);
        // Half a minute pays for one.
        assert_eq!(budget.charge(seconds(30.0)).as_secs(), 60);
    }

    #[test]
    fn first_tries_pay_for_retries() {
        let mut budget = Budget::new(20, seconds(0.0));
        for _ in 0..10 {
            budget.charge(seconds(0.0));
        }
        for _ in 0..5 {
            budget.earn(seconds(0.0));
        }
        assert!(budget.charge(seconds(0.0)) < seconds(0.001), "five first tries pay for one retry");
        assert!(budget.charge(seconds(0.0)) > seconds(1.0));
    }

    #[test]
    fn a_clock_that_is_set_back_gives_nothing() {
        let mut budget = Budget::new(0, seconds(100.0));
        for _ in 0..11 {
            budget.charge(seconds(100.0));
        }
        assert_eq!(budget.charge(seconds(0.0)).as_secs(), 60);
        assert_eq!(budget.charge(seconds(100.0)).as_secs(), 90);
    }

    proptest! {
        /// A steady stream of first tries, be it one a minute, of which any number fail, and retries that fail as often: what is sent
        /// again in a while is a fifth of it or what the floor gives, whichever is more, and what was saved up.
        #[test]
        fn retries_stay_a_part_of_the_first_tries(a_minute in 1u32..3_000, failing in 1u64..=100, seed: u64) {
            const MINUTES: u32 = 10;
            const STEPS_A_MINUTE: u32 = 600;
            let mut budget = Budget::new(20, Duration::ZERO);
            let mut random = seed;
            let mut fails = move || {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (random >> 33) % 100 < failing
            };
            let mut due: BinaryHeap<Reverse<Duration>> = BinaryHeap::new();
            let (mut firsts, mut retries) = (0, 0);
            for step in 0..MINUTES * STEPS_A_MINUTE {
                let now = Duration::from_mins(1) * step / STEPS_A_MINUTE;
                let mut tries = 0;
                while firsts < step * a_minute / STEPS_A_MINUTE {
                    budget.earn(now);
                    firsts += 1;
                    tries += 1;
                }
                while due.peek().is_some_and(|Reverse(due)| *due <= now) {
                    due.pop();
                    retries += 1;
                    tries += 1;
                }
                for _ in 0..tries {
                    if fails() {
                        due.push(Reverse(now + budget.charge(now)));
                    }
                }
            }
            // How many first tries there are is known by and by.
            let most = (0.2 * f64::from(firsts)).max(FLOOR * 60.0 * f64::from(MINUTES)) + SAVED_MAX + 2.0;
            prop_assert!(f64::from(retries) <= most * 1.01, "{retries} retries of {firsts}, {most} allowed");
        }
    }
}
