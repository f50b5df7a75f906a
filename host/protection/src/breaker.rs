use std::time::Duration;

use crate::Backoff;

/// Results that are looked at, the latest ones.
const WINDOW: u32 = 20;
/// Results without which nothing is concluded.
const RESULTS_MIN: u32 = 5;
/// Calls in a row that have to succeed before all are let through again.
const PROBES: u32 = 3;

/// Stops calls for a while once half of the latest ones failed; then lets them through one at a time, and all of them once
/// several succeeded.
#[derive(Debug, Clone)]
pub struct Breaker {
    waits: Backoff,
    state: State,
    /// How often it opened without having closed in between.
    opened: u32,
    /// Goes up with each change of state.
    generation: u64,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// The latest results, a bit each, 1 where it failed; and how many there are.
    Closed {
        failed: u32,
        results: u32,
    },
    Open {
        until: Duration,
    },
    HalfOpen {
        succeeded: u32,
    },
}

/// What a breaker does to calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// All are let through.
    Closed,
    /// One at a time is.
    HalfOpen,
    /// None is.
    Open,
}

/// A call that was let through. Its result counts as long as the breaker is in the state in which it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket(u64);

impl Breaker {
    /// A closed one that stays open for so long each time.
    pub const fn new(waits: Backoff) -> Self {
        Self { waits, state: State::Closed { failed: 0, results: 0 }, opened: 0, generation: 0 }
    }

    /// What it does to calls. It opens by itself, and half-closes with the first call that is let through after its time.
    pub fn condition(&self, now: Duration) -> Condition {
        match self.state {
            State::Closed { .. } => Condition::Closed,
            State::Open { until } if now < until => Condition::Open,
            State::Open { .. } | State::HalfOpen { .. } => Condition::HalfOpen,
        }
    }

    /// Calls that may be under way at once.
    pub fn calls_max(&self, now: Duration) -> usize {
        match self.condition(now) {
            Condition::Closed => usize::MAX,
            Condition::HalfOpen => 1,
            Condition::Open => 0,
        }
    }

    /// Lets a call through; the caller has seen that it may be.
    pub fn begin(&mut self, now: Duration) -> Ticket {
        if let State::Open { until } = self.state
            && until <= now
        {
            self.enter(State::HalfOpen { succeeded: 0 });
        }
        Ticket(self.generation)
    }

    /// Notes what a call came to. `random` jitters how long it stays open, if it opens.
    pub fn end(&mut self, ticket: Ticket, succeeded: bool, now: Duration, random: u64) {
        if ticket.0 != self.generation {
            return;
        }
        match (self.state, succeeded) {
            (State::Closed { failed, results }, _) => {
                let failed = (failed << 1 | u32::from(!succeeded)) & ((1 << WINDOW) - 1);
                let results = (results + 1).min(WINDOW);
                self.state = State::Closed { failed, results };
                if results >= RESULTS_MIN && failed.count_ones() * 2 >= results {
                    self.open(now, random);
                }
            }
            (State::HalfOpen { .. }, false) => self.open(now, random),
            (State::HalfOpen { succeeded }, true) if succeeded + 1 >= PROBES => {
                self.opened = 0;
                self.enter(State::Closed { failed: 0, results: 0 });
            }
            // Of the same generation still: the next probes are its own.
            (State::HalfOpen { succeeded }, true) => self.state = State::HalfOpen { succeeded: succeeded + 1 },
            (State::Open { .. }, _) => {}
        }
    }

    fn open(&mut self, now: Duration, random: u64) {
        let until = now + self.waits.wait(self.opened, random);
        self.opened = self.opened.saturating_add(1);
        self.enter(State::Open { until });
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.generation += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WAITS: Backoff = Backoff { first: Duration::from_secs(10), longest: Duration::from_secs(80) };

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn call(breaker: &mut Breaker, succeeded: bool, now: Duration) {
        let ticket = breaker.begin(now);
        breaker.end(ticket, succeeded, now, 0);
    }

    #[test]
    fn it_opens_where_half_fails_and_closes_where_probes_succeed() {
        let mut breaker = Breaker::new(WAITS);
        for failed in [false, true, true, false] {
            call(&mut breaker, !failed, at(0));
            assert_eq!(breaker.condition(at(0)), Condition::Closed, "four results say nothing yet");
        }
        call(&mut breaker, false, at(0));
        assert_eq!((breaker.condition(at(4)), breaker.calls_max(at(4))), (Condition::Open, 0));
        assert_eq!((breaker.condition(at(5)), breaker.calls_max(at(5))), (Condition::HalfOpen, 1));
        call(&mut breaker, false, at(5));
        assert_eq!(breaker.condition(at(14)), Condition::Open, "longer than before");
        for _ in 0..PROBES {
            assert_eq!(breaker.condition(at(15)), Condition::HalfOpen);
            call(&mut breaker, true, at(15));
        }
        assert_eq!((breaker.condition(at(15)), breaker.calls_max(at(15))), (Condition::Closed, usize::MAX));
    }

    #[test]
    fn what_began_before_it_opened_says_nothing_afterwards() {
        let mut breaker = Breaker::new(WAITS);
        let late: Vec<_> = (0..8).map(|_| breaker.begin(at(0))).collect();
        for _ in 0..RESULTS_MIN {
            call(&mut breaker, false, at(0));
        }
        for ticket in late {
            breaker.end(ticket, true, at(1), 0);
        }
        assert_eq!(breaker.condition(at(1)), Condition::Open);
        let probe = breaker.begin(at(5));
        breaker.end(probe, true, at(5), 0);
        assert_eq!(breaker.condition(at(5)), Condition::HalfOpen);
    }

    proptest! {
        /// Where every call fails, the calls that are made become ever fewer.
        #[test]
        fn who_is_down_is_hardly_called(random: u64, a_second in 1u64..1_000) {
            let mut breaker = Breaker::new(WAITS);
            let mut calls = 0u64;
            for step in 0..600 * a_second {
                let now = Duration::from_secs(step) / u32::try_from(a_second).unwrap();
                if breaker.calls_max(now) > 0 {
                    calls += 1;
                    let ticket = breaker.begin(now);
                    breaker.end(ticket, false, now, random.rotate_left(u32::try_from(step % 64).unwrap()));
                }
            }
            // Five that open it, then one each time: after at least 5, 10, 20, 40, 40… seconds.
            prop_assert!(calls <= 5 + 4 + 600 / 40, "{calls}");
        }

        /// Whatever happened, it closes once calls succeed.
        #[test]
        fn who_is_up_again_is_called_again(results in proptest::collection::vec(any::<bool>(), 0..200)) {
            let mut breaker = Breaker::new(WAITS);
            let mut now = at(0);
            for succeeded in results {
                now += at(7);
                if breaker.calls_max(now) > 0 {
                    call(&mut breaker, succeeded, now);
                }
            }
            for _ in 0..PROBES + WINDOW {
                now += at(80);
                call(&mut breaker, true, now);
            }
            prop_assert_eq!(breaker.condition(now), Condition::Closed);
        }
    }
}
