//! Whether a campaign's draws are begun on the threads that serve.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// For how long a campaign's draws go straight to the slow lane after one of them had to. Twice as long each time, while no
/// draw in between was quick.
const DETOUR: Duration = Duration::from_millis(50);
/// How often that is doubled.
const DOUBLINGS_MAX: u32 = 6;

/// What is remembered of how long a campaign's rules take: a draw that is begun in vain costs time of everybody's, so that a
/// campaign of slow rules may try it less and less often.
#[derive(Debug)]
pub(crate) struct Pace {
    began: Instant,
    /// Milliseconds since then.
    slow_until: AtomicU64,
    /// Draws in a row that were begun in vain.
    in_vain: AtomicU32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { began: Instant::now(), slow_until: AtomicU64::new(0), in_vain: AtomicU32::new(0) }
    }
}

impl Pace {
    /// Whether the next draw is begun where it is served.
    pub(super) fn is_quick(&self) -> bool {
        self.is_quick_at(self.now())
    }

    /// A draw was decided quickly.
    pub(super) fn was_quick(&self) {
        if self.in_vain.load(Ordering::Relaxed) != 0 {
            self.in_vain.store(0, Ordering::Relaxed);
        }
    }

    /// A draw was begun in vain.
    pub(super) fn was_slow(&self) {
        self.was_slow_at(self.now());
    }

    fn is_quick_at(&self, now: Duration) -> bool {
        millis(now) >= self.slow_until.load(Ordering::Relaxed)
    }

    fn was_slow_at(&self, now: Duration) {
        let doublings = self.in_vain.fetch_add(1, Ordering::Relaxed).min(DOUBLINGS_MAX);
        self.slow_until.fetch_max(millis(now + DETOUR * (1 << doublings)), Ordering::Relaxed);
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).expect("less than a process lasts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_rules_are_tried_less_and_less_often() {
        let pace = Pace::default();
        let mut now = Duration::ZERO;
        let mut detour = || {
            pace.was_slow_at(now);
            let began = now;
            while !pace.is_quick_at(now) {
                now += Duration::from_millis(1);
            }
            now.saturating_sub(began)
        };
        let detours: Vec<_> = (0..8).map(|_| detour().as_millis()).collect();
        assert_eq!(detours, [50, 100, 200, 400, 800, 1600, 3200, 3200]);
        pace.was_quick();
        assert_eq!(detour().as_millis(), 50);
    }
}
