use std::time::Duration;

/// What is judged together lasts so long at least.
const PERIOD_MIN: Duration = Duration::from_millis(100);
/// And is so many requests at least.
const REQUESTS_MIN: u32 = 10;
/// What a request may take, as a multiple of what one takes where few are under way: it may wait as long as it works.
const TOLERANCE: u32 = 2;
/// How far the limit falls at once, at most.
const FALL_MIN: f64 = 0.5;
/// From which part of the limit on it is in use: one that is not says nothing of whether more would do.
const IN_USE: f64 = 0.75;

/// Between what a limit moves, and by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// So many may be under way whatever happens.
    pub floor: usize,
    /// So many may be at most.
    pub ceiling: usize,
    /// A latency that nobody minds: as long as requests take no longer, there are not too many.
    pub latency: Duration,
}

/// How many requests may be under way at once, found by how long they take: a gradient limit, as those of
/// [Netflix's concurrency-limits](https://github.com/Netflix/concurrency-limits), which hold what requests take against what they take
/// where nobody waits, as TCP Vegas does with its round trips.
///
/// Requests are judged together, those alone that began under the limit that holds. If they took longer than they may on average, the limit
/// falls in proportion, to half at most; if not, and it was in use, it rises by its square root, which is what may wait in line. What
/// they may take is the latency that nobody minds or, where that can't be had, twice what requests take while no more than the floor
/// are under way. That alone is learned from few requests, and falls with whatever is faster, so that no crowd makes itself the
/// measure. The limit begins at the ceiling.
#[derive(Debug, Clone)]
pub struct ConcurrencyLimit {
    bounds: Bounds,
    limit: f64,
    /// What a request takes where few are under way; unknown at first.
    alone: Option<Duration>,
    /// When the limit was last judged.
    since: Duration,
    judged: Judged,
}

/// What is judged together.
#[derive(Debug, Clone, Copy, Default)]
struct Judged {
    requests: u32,
    took: Duration,
    /// The most that were under way.
    peak: usize,
}

impl ConcurrencyLimit {
    /// `now` is any clock's time, as long as it is always that clock's.
    pub fn new(bounds: Bounds, now: Duration) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a number of requests is small")]
        let limit = bounds.ceiling as f64;
        Self { bounds, limit, alone: None, since: now, judged: Judged::default() }
    }

    /// Requests that may be under way at once.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between floor and ceiling")]
    pub fn limit(&self) -> usize {
        self.limit as usize
    }

    /// Notes a request that has ended: how long it took, and how many were under way, itself included.
    pub fn note(&mut self, took: Duration, under_way: usize, now: Duration) {
        // What began under another limit says nothing of this one.
        if now.saturating_sub(took) < self.since {
            return;
        }
        let Judged { requests, took: total, peak } = self.judged;
        self.judged = Judged { requests: requests + 1, took: total + took, peak: peak.max(under_way) };
        if self.judged.requests >= REQUESTS_MIN && now.saturating_sub(self.since) >= PERIOD_MIN {
            self.judge();
            (self.since, self.judged) = (now, Judged::default());
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a number of requests is small")]
    fn judge(&mut self) {
        let Judged { requests, took, peak } = self.judged;
        let latency = took / requests;
        self.alone = match self.alone {
            Some(alone) if peak > self.bounds.floor => Some(alone.min(latency)),
            None if peak > self.bounds.floor => None,
            _ => Some(latency),
        };
        let tolerated = self.bounds.latency.max(self.alone.unwrap_or_default() * TOLERANCE);
        if latency > tolerated {
            self.limit *= (tolerated.as_secs_f64() / latency.as_secs_f64()).max(FALL_MIN);
        } else if peak as f64 >= self.limit * IN_USE {
            self.limit += self.limit.sqrt();
        }
        self.limit = self.limit.clamp(self.bounds.floor as f64, self.bounds.ceiling as f64);
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    use proptest::prelude::*;

    use super::*;

    const BOUNDS: Bounds = Bounds { floor: 10, ceiling: 2_000, latency: Duration::from_millis(30) };

    /// Workers with a line before them, of which more is always wanted than may be under way.
    struct Queue {
        limit: ConcurrencyLimit,
        now: Duration,
        /// When each worker is free.
        free: BinaryHeap<Reverse<Duration>>,
        /// When what is under way ends, and when it began.
        under_way: BinaryHeap<Reverse<(Duration, Duration)>>,
    }

    impl Queue {
        fn new(bounds: Bounds) -> Self {
            let limit = ConcurrencyLimit::new(bounds, Duration::ZERO);
            Self { limit, now: Duration::ZERO, free: BinaryHeap::new(), under_way: BinaryHeap::new() }
        }

        /// Goes on for a while with so many workers, of which each takes so long for one; answers the limit then.
        fn run(&mut self, workers: usize, work: Duration, wanted: usize, span: Duration) -> usize {
            let end = self.now + span;
            self.free = (0..workers).map(|_| Reverse(self.now)).collect();
            while self.now < end {
                while self.under_way.len() < self.limit.limit().min(wanted) {
                    let Reverse(free) = self.free.pop().unwrap();
                    let done = free.max(self.now) + work;
                    self.free.push(Reverse(done));
                    self.under_way.push(Reverse((done, self.now)));
                }
                let Reverse((done, began)) = self.under_way.pop().unwrap();
                self.now = done;
                self.limit.note(done.saturating_sub(began), self.under_way.len() + 1, done);
            }
            self.limit.limit()
        }
    }

    const MINUTE: Duration = Duration::from_mins(1);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[track_caller]
    fn check(limit: usize, expected: std::ops::RangeInclusive<usize>) {
        assert!(expected.contains(&limit), "{limit} is not in {expected:?}");
    }

    #[test]
    fn it_settles_near_the_knee_and_follows_it() {
        let mut queue = Queue::new(BOUNDS);
        // A hundred workers that take 20 ms: the line of half as many is what 30 ms allow.
        check(queue.run(100, ms(20), usize::MAX, MINUTE), 100..=190);
        check(queue.run(25, ms(20), usize::MAX, MINUTE), 25..=55);
        check(queue.run(100, ms(20), usize::MAX, MINUTE), 100..=190);
    }

    #[test]
    fn it_falls_within_seconds() {
        let mut queue = Queue::new(BOUNDS);
        check(queue.run(25, ms(20), usize::MAX, Duration::from_secs(5)), 25..=55);
    }

    #[test]
    fn work_that_takes_long_by_itself_is_not_taken_for_a_crowd() {
        let mut queue = Queue::new(BOUNDS);
        check(queue.run(100, ms(200), usize::MAX, MINUTE * 2), 100..=260);
        // Once it is quick again, a crowd is what it was.
        queue.run(100, ms(20), 5, MINUTE);
        check(queue.run(100, ms(20), usize::MAX, MINUTE), 100..=260);
    }

    #[test]
    fn where_little_is_wanted_nothing_is_learned() {
        let mut queue = Queue::new(BOUNDS);
        check(queue.run(100, ms(20), 50, MINUTE), 2_000..=2_000);
    }

    #[test]
    fn a_crowd_that_was_there_first_is_not_the_measure() {
        let mut queue = Queue::new(Bounds { latency: ms(1), ..BOUNDS });
        // Nobody knows what one takes alone until the limit has come down to the floor.
        check(queue.run(100, ms(20), usize::MAX, MINUTE), 100..=260);
    }

    proptest! {
        /// Whatever requests take, the limit stays between floor and ceiling.
        #[test]
        fn it_stays_in_its_bounds(
            ends in proptest::collection::vec((0u64..5_000, 0usize..3_000, 0u64..50), 0..2_000),
        ) {
            let mut limit = ConcurrencyLimit::new(BOUNDS, Duration::ZERO);
            let mut now = Duration::ZERO;
            for (took, under_way, pause) in ends {
                now += ms(pause);
                limit.note(ms(took), under_way, now);
                prop_assert!((BOUNDS.floor..=BOUNDS.ceiling).contains(&limit.limit()));
            }
        }
    }
}
