//! When an evaluation is stopped that fuel does not stop.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use wasmtime::{Store, UpdateDeadline};

use super::ticker;

/// How long a thread may work at an evaluation. What counts is the time for which it had a core: an innocent rule may have to wait
/// for one, most of all where it runs at a low priority.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    work_max: Duration,
    /// Epochs in which that may have been reached.
    ticks: u64,
}

impl Deadline {
    pub(super) fn new(ms: u64) -> Self {
        Self { work_max: Duration::from_millis(ms), ticks: ticker::ticks(ms) }
    }

    /// Begins now. Asking for a thread's time takes a system call, so that work is counted only from when the deadline
    /// would have come by the clock on the wall.
    pub(super) fn begin<T>(self, store: &mut Store<T>) {
        let mut worked_before = None;
        store.set_epoch_deadline(self.ticks);
        store.epoch_deadline_callback(move |_| {
            let worked = thread_time();
            let since = *worked_before.get_or_insert(worked);
            Ok(if worked.saturating_sub(since) < self.work_max {
                UpdateDeadline::Continue(1)
            } else {
                UpdateDeadline::Interrupt
            })
        });
    }
}

fn thread_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().expect("a thread's time is never negative")
}
