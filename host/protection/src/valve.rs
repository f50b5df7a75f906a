use std::time::Duration;

use crate::{Backoff, Breaker, Condition, Ticket};

/// A breaker, and a bound on the calls that are under way.
#[derive(Debug, Clone)]
pub struct Valve {
    breaker: Breaker,
    calls_max: usize,
    under_way: usize,
}

impl Valve {
    /// At most so many calls at once; the breaker stays open for so long each time.
    pub const fn new(calls_max: usize, waits: Backoff) -> Self {
        Self { breaker: Breaker::new(waits), calls_max, under_way: 0 }
    }

    /// Another bound from now on. What is under way goes on.
    pub fn set_calls_max(&mut self, calls_max: usize) {
        self.calls_max = calls_max;
    }

    /// What the breaker does to calls.
    pub fn condition(&self, now: Duration) -> Condition {
        self.breaker.condition(now)
    }

    /// Calls that may begin now.
    pub fn room(&self, now: Duration) -> usize {
        self.calls_max.min(self.breaker.calls_max(now)).saturating_sub(self.under_way)
    }

    /// Begins a call; the caller has seen that there is room.
    pub fn begin(&mut self, now: Duration) -> Ticket {
        self.under_way += 1;
        self.breaker.begin(now)
    }

    /// Ends a call of which nobody will know what it came to.
    pub fn abandon(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// Ends a call; see [`Breaker::end`].
    pub fn end(&mut self, ticket: Ticket, succeeded: bool, now: Duration, random: u64) {
        self.under_way = self.under_way.saturating_sub(1);
        self.breaker.end(ticket, succeeded, now, random);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAITS: Backoff = Backoff { first: Duration::from_secs(10), longest: Duration::from_secs(80) };

    #[test]
    fn there_is_room_for_so_many() {
        let now = Duration::ZERO;
        let mut valve = Valve::new(2, WAITS);
        let (one, _two) = (valve.begin(now), valve.begin(now));
        assert_eq!(valve.room(now), 0);
        valve.end(one, true, now, 0);
        assert_eq!(valve.room(now), 1);
        valve.set_calls_max(7);
        assert_eq!(valve.room(now), 6);
        valve.abandon();
        assert_eq!(valve.room(now), 7);
    }

    #[test]
    fn a_probe_waits_for_what_is_under_way() {
        let mut valve = Valve::new(8, WAITS);
        let calls: Vec<_> = (0..6).map(|_| valve.begin(Duration::ZERO)).collect();
        for call in &calls[..5] {
            valve.end(*call, false, Duration::ZERO, 0);
        }
        assert_eq!((valve.condition(Duration::ZERO), valve.room(Duration::ZERO)), (Condition::Open, 0));
        let later = Duration::from_secs(5);
        assert_eq!((valve.condition(later), valve.room(later)), (Condition::HalfOpen, 0));
        valve.end(calls[5], true, later, 0);
        assert_eq!(valve.room(later), 1);
    }
}
