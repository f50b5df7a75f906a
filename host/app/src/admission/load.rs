use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use metrics::{Gauge, gauge};
use tombola_protection::{Bounds, ConcurrencyLimit};

/// How many requests that write may be under way at once, as things are.
pub const CONCURRENCY_LIMIT: &str = "tombola_concurrency_limit";
/// Requests that write and are under way.
pub const UNDER_WAY: &str = "tombola_requests_under_way";

/// As many as one batch of a commit in the making and one that waits for it, in draws by quick clients: with fewer a disk whose every
/// sync takes long would be waited for more often than it has to be.
const FLOOR: usize = 64;

/// Requests that write: how many are under way, and how many may be.
pub(crate) struct Load {
    began: Instant,
    under_way: AtomicUsize,
    /// A copy, for who comes.
    limit: AtomicUsize,
    found: Mutex<ConcurrencyLimit>,
    gauges: Gauges,
}

struct Gauges {
    under_way: Gauge,
    limit: Gauge,
}

/// One of them, until it is dropped.
pub(crate) struct UnderWay<'a>(&'a Load);

/// Measures what is waited for until it is dropped, also by whoever gives up.
pub(crate) struct Measured<'a> {
    load: &'a Load,
    began: Instant,
}

impl Load {
    pub(crate) fn new(ceiling: usize, latency: Duration) -> Self {
        let found = ConcurrencyLimit::new(Bounds { floor: FLOOR.min(ceiling), ceiling, latency }, Duration::ZERO);
        let load = Self {
            began: Instant::now(),
            under_way: AtomicUsize::new(0),
            limit: AtomicUsize::new(found.limit()),
            found: Mutex::new(found),
            gauges: Gauges { under_way: gauge!(UNDER_WAY), limit: gauge!(CONCURRENCY_LIMIT) },
        };
        load.tell(load.limit.load(Ordering::Relaxed));
        load
    }

    pub(crate) fn is_full(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) >= self.limit.load(Ordering::Relaxed)
    }

    /// `None` where there is no room.
    pub(crate) fn begin(&self) -> Option<UnderWay<'_>> {
        let before = self.under_way.fetch_add(1, Ordering::Relaxed);
        self.gauges.under_way.increment(1);
        let place = UnderWay(self);
        (before < self.limit.load(Ordering::Relaxed)).then_some(place)
    }

    pub(crate) fn measure(&self) -> Measured<'_> {
        Measured { load: self, began: Instant::now() }
    }

    fn note(&self, took: Duration) {
        let under_way = self.under_way.load(Ordering::Relaxed);
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.note(took, under_way, self.began.elapsed());
        let limit = found.limit();
        if self.limit.swap(limit, Ordering::Relaxed) != limit {
            self.tell(limit);
        }
    }

    fn tell(&self, limit: usize) {
        self.gauges.limit.set(u32::try_from(limit).map_or(f64::NAN, f64::from));
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
        self.0.gauges.under_way.decrement(1);
    }
}

impl Drop for Measured<'_> {
    fn drop(&mut self) {
        self.load.note(self.began.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_let_in_and_no_more() {
        let load = Load::new(2, Duration::from_secs(1));
        let (one, two) = (load.begin(), load.begin());
        assert!(one.is_some() && two.is_some() && load.is_full());
        assert!(load.begin().is_none());
        drop(one);
        assert!(!load.is_full());
        assert!(load.begin().is_some(), "who was not let in takes no place");
    }

    #[test]
    fn where_commits_take_long_fewer_are_let_in() {
        let load = Load::new(1_000, Duration::ZERO);
        let places: Vec<_> = (0..900).map(|_| load.begin().unwrap()).collect();
        // However long it takes: a test that hangs fails.
        while !load.is_full() {
            let measured = load.measure();
            std::thread::sleep(Duration::from_millis(1));
            drop(measured);
        }
        assert!(load.begin().is_none());
        drop(places);
        assert!(load.begin().is_some());
    }
}
