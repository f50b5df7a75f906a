//! What limiters tell each other. Each says all that it has admitted and not how much more, so that saying it twice changes nothing.

use super::{RateLimiter, SLOTS, lock};

/// What a limiter admitted of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// The key, by its hash.
    pub key: u64,
    /// The length of the window, which says what a slot is.
    pub window_ms: u32,
    /// The latest slot since 1970; those that are more than [`SLOTS`](Self::SLOTS) before it do not count any more.
    pub slot: u64,
    /// How many were admitted, by slot.
    pub requests: Vec<(u64, u32)>,
}

impl Admitted {
    /// Slots of a window.
    pub const SLOTS: u64 = SLOTS;
}

impl RateLimiter {
    /// What was admitted of so many keys at most that somebody asked for since they were told. They count as told from now on.
    pub fn untold(&self, most: usize) -> Vec<Admitted> {
        let mut told = Vec::new();
        for part in &self.parts {
            let part = &mut *lock(part);
            let keys: Vec<_> = part.untold.iter().copied().take(most - told.len()).collect();
            for key in keys {
                part.untold.remove(&key);
                if let Some(counts) = part.keys.get(&key) {
                    let requests = counts.admitted().collect();
                    told.push(Admitted { key, window_ms: part.window_ms, slot: counts.slot, requests });
                }
            }
        }
        told
    }

    /// Takes back that this was told.
    pub fn tell_again(&self, told: &Admitted) {
        let part = &mut *self.part(told.key);
        if part.window_ms == told.window_ms && part.keys.contains_key(&told.key) {
            part.untold.insert(told.key);
        }
    }

    /// Takes in what others admitted of what was told, by slot, in the place of what was known of that. One slot may come several times.
    pub fn hear(&self, told: &Admitted, others: &[(u64, u32)]) {
        let part = &mut *self.part(told.key);
        if part.window_ms == told.window_ms
            && let Some(counts) = part.keys.get_mut(&told.key)
        {
            counts.hear(others);
        }
    }
}
