//! Who may hold an instance: as many evaluations as the pool has room for, and a bounded queue before them.

use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crate::settings::ClassSettings;

/// No evaluation could begin within the time that one may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Full {
    /// As many wait already as may.
    #[error("{0} evaluations are waiting already")]
    Queue(u32),
    /// None ended in time.
    #[error("no evaluation ended within {} ms", .0.as_millis())]
    Wait(Duration),
}

/// The rights to hold an instance.
#[derive(Debug)]
pub(super) struct Slots {
    state: Mutex<State>,
    freed: Condvar,
    waiting_max: u32,
    wait_max: Duration,
}

#[derive(Debug)]
struct State {
    free: u32,
    waiting: u32,
    /// Freed while someone waited, and theirs: whoever comes later can't overtake them, or the queue could starve behind
    /// a few busy threads. At most [`Self::waiting`].
    handed_over: u32,
}

/// The right to hold one instance, until it is dropped.
#[derive(Debug)]
pub(crate) struct Slot<'a>(&'a Slots);

impl Slots {
    pub(super) fn new(class: &ClassSettings) -> Self {
        Self {
            state: Mutex::new(State { free: class.evaluations_max, waiting: 0, handed_over: 0 }),
            freed: Condvar::new(),
            waiting_max: class.waiting_max,
            wait_max: Duration::from_millis(class.wait_ms_max),
        }
    }

    /// Takes one. Where one is free, this is an uncontended lock and no more.
    pub(super) fn take(&self) -> Result<Slot<'_>, Full> {
        let mut state = self.state();
        if state.free == 0 {
            self.wait(state)?;
        } else {
            state.free -= 1;
        }
        Ok(Slot(self))
    }

    fn wait(&self, mut state: MutexGuard<'_, State>) -> Result<(), Full> {
        if state.waiting == self.waiting_max {
            return Err(Full::Queue(self.waiting_max));
        }
        state.waiting += 1;
        let (mut state, timeout) =
            self.freed.wait_timeout_while(state, self.wait_max, |state| state.handed_over == 0).expect(UNPOISONED);
        state.waiting -= 1;
        if timeout.timed_out() {
            return Err(Full::Wait(self.wait_max));
        }
        state.handed_over -= 1;
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect(UNPOISONED)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        if state.waiting > state.handed_over {
            state.handed_over += 1;
            self.0.freed.notify_one();
        } else {
            state.free += 1;
        }
    }
}

const UNPOISONED: &str = "nothing that can panic runs under this lock";

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(waiting_max: u32, wait_ms_max: u64) -> Slots {
        Slots::new(&ClassSettings { evaluations_max: 1, waiting_max, wait_ms_max, ..ClassSettings::FAST })
    }

    #[test]
    fn a_full_house_turns_away() {
        let slots = slots(0, 1);
        let held = slots.take().unwrap();
        assert_eq!(slots.take().unwrap_err(), Full::Queue(0));
        drop(held);
        slots.take().unwrap();
    }

    #[test]
    fn waiting_ends() {
        let slots = slots(1, 1);
        let _held = slots.take().unwrap();
        assert_eq!(slots.take().unwrap_err(), Full::Wait(Duration::from_millis(1)));
        assert_eq!(slots.state().waiting, 0);
    }

    #[test]
    fn the_next_in_line_gets_it() {
        let slots = slots(1, 60_000);
        let held = slots.take().unwrap();
        std::thread::scope(|scope| {
            let next = scope.spawn(|| slots.take().map(drop));
            while slots.state().waiting == 0 {
                std::thread::yield_now();
            }
            drop(held);
            assert_eq!(next.join().unwrap(), Ok(()));
        });
    }
}
