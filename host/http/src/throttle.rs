//! Log lines that strangers can cause, kept from filling the log.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The time in which there is one line of each kind.
const PERIOD: Duration = Duration::from_secs(1);

/// Says which lines are written: one a period of each kind.
#[derive(Debug)]
pub(crate) struct Throttle(Mutex<BTreeMap<&'static str, Line>>);

#[derive(Debug)]
struct Line {
    /// When there was one last.
    at: Instant,
    /// How many there would have been since.
    left_out: u64,
}

impl Throttle {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// How many lines of this kind were left out before this one; `None` where this one is left out too.
    pub(crate) fn pass(&self, kind: &'static str, now: Instant) -> Option<u64> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(line) = lines.get_mut(kind) else {
            lines.insert(kind, Line { at: now, left_out: 0 });
            return Some(0);
        };
        if now.saturating_duration_since(line.at) < PERIOD {
            line.left_out += 1;
            return None;
        }
        line.at = now;
        Some(std::mem::take(&mut line.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_line_a_period_of_each_kind() {
        let (throttle, began) = (Throttle::new(), Instant::now());
        let pass = |kind, millis| throttle.pass(kind, began + Duration::from_millis(millis));
        let passed = [0, 1, 999, 1_000, 1_001, 2_500, 3_500].map(|millis| pass("busy", millis));
        assert_eq!(passed, [Some(0), None, None, Some(2), None, Some(1), Some(0)]);
        assert_eq!(pass("internal", 1_001), Some(0));
    }
}
