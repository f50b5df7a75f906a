use std::time::Duration;

use super::{Rate, SLOTS, Standing, TOUCHED, Verdict};

/// What was admitted of one key.
#[derive(Debug)]
pub(super) struct Counts {
    /// The latest slot that is counted.
    pub(super) slot: u64,
    /// By slot, in a ring.
    admitted: [u32; TOUCHED],
    /// What others said that they admitted, likewise.
    others: [u32; TOUCHED],
}

impl Counts {
    pub(super) const fn new(slot: u64) -> Self {
        Self { slot, admitted: [0; TOUCHED], others: [0; TOUCHED] }
    }

    /// Forgets the slots that no window touches any more which ends in this one.
    pub(super) fn pass_to(&mut self, slot: u64) {
        if slot.abs_diff(self.slot) > SLOTS {
            *self = Self::new(slot);
        }
        // Where the clock was set back a little, requests count as of the latest slot until it has caught up.
        for passed in self.slot + 1..=slot {
            let place = place(passed);
            (self.admitted[place], self.others[place]) = (0, 0);
        }
        self.slot = self.slot.max(slot);
    }

    pub(super) fn admit(&mut self, rate: Rate, now_ms: u64) -> Verdict {
        let admitted: u64 = self.admitted.iter().chain(&self.others).copied().map(u64::from).sum();
        let left = u64::from(rate.requests()).saturating_sub(admitted);
        if left == 0 {
            return Verdict::Refused(Standing { rate, left: 0, more_in: self.room_in(admitted, rate, now_ms) });
        }
        self.admitted[place(self.slot)] += 1;
        let left = u32::try_from(left - 1).expect("at most what the rate says");
        let more_in = self.room_in(admitted + 1, rate, now_ms);
        Verdict::Admitted(Standing { rate, left, more_in })
    }

    /// When one more is admitted than now, or one at all where a lowered rate admits none for a while.
    fn room_in(&self, admitted: u64, rate: Rate, now_ms: u64) -> Duration {
        let mut staying = admitted;
        let most = admitted.min(rate.requests().into());
        for slot in self.slot.saturating_sub(SLOTS)..=self.slot {
            staying -= u64::from(self.admitted[place(slot)]) + u64::from(self.others[place(slot)]);
            if staying < most {
                return rate.leaves_in(slot, now_ms);
            }
        }
        Duration::ZERO
    }

    /// What was admitted, by slot.
    pub(super) fn admitted(&self) -> impl Iterator<Item = (u64, u32)> {
        let slots = self.slot.saturating_sub(SLOTS)..=self.slot;
        slots.map(|slot| (slot, self.admitted[place(slot)])).filter(|(_, admitted)| *admitted > 0)
    }

    /// Takes in what others admitted, in the place of what was known of that.
    pub(super) fn hear(&mut self, others: &[(u64, u32)]) {
        self.others = [0; TOUCHED];
        let counting = others.iter().filter(|(slot, _)| *slot <= self.slot && self.slot - *slot <= SLOTS);
        for (slot, admitted) in counting {
            let known = &mut self.others[place(*slot)];
            *known = known.saturating_add(*admitted);
        }
    }
}

/// Of a slot in the ring.
fn place(slot: u64) -> usize {
    usize::try_from(slot % TOUCHED as u64).expect("below the length of the ring")
}
