//! Who may hold an instance: as many evaluations as the pool has room for, and a bounded queue before them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
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
    waiting_max: u32,
    wait_max: Duration,
}

#[derive(Debug)]
struct State {
    free: u32,
    /// Who waits, in the order of coming. Empty while anything is free.
    queue: VecDeque<Arc<Waiter>>,
}

/// One in the queue. What is freed is handed to the first of them, so that nobody starves behind a few busy threads.
#[derive(Debug, Default)]
struct Waiter {
    called: Condvar,
    is_called: AtomicBool,
}

/// The right to hold one instance, until it is dropped.
#[derive(Debug)]
pub(crate) struct Slot<'a>(&'a Slots);

impl Slots {
    pub(super) fn new(class: &ClassSettings) -> Self {
        Self {
            state: Mutex::new(State { free: class.evaluations_max, queue: VecDeque::new() }),
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
        if state.queue.len() >= self.waiting_max as usize {
            return Err(Full::Queue(self.waiting_max));
        }
        let waiter = Arc::new(Waiter::default());
        state.queue.push_back(Arc::clone(&waiter));
        let is_waiting = |_: &mut State| !waiter.is_called.load(Ordering::Relaxed);
        let (mut state, timeout) =
            waiter.called.wait_timeout_while(state, self.wait_max, is_waiting).expect(UNPOISONED);
        if timeout.timed_out() {
            state.queue.retain(|other| !Arc::ptr_eq(other, &waiter));
            return Err(Full::Wait(self.wait_max));
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect(UNPOISONED)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        match state.queue.pop_front() {
            Some(first) => {
                first.is_called.store(true, Ordering::Relaxed);
                first.called.notify_one();
            }
            None => state.free += 1,
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
        assert!(slots.state().queue.is_empty());
    }

    #[test]
    fn the_next_in_line_gets_it() {
        let slots = slots(1, 60_000);
        let held = slots.take().unwrap();
        std::thread::scope(|scope| {
            let next = scope.spawn(|| slots.take().map(drop));
            while slots.state().queue.is_empty() {
                std::thread::yield_now();
            }
            drop(held);
            assert_eq!(next.join().unwrap(), Ok(()));
        });
    }
}
