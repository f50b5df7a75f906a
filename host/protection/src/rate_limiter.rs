mod counts;
mod sharing;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use counts::Counts;
pub use sharing::Admitted;

/// Parts of a window, and by how much of it a request counts too long at most: an eighth.
const SLOTS: u64 = 8;
/// The slots that any span of a window's length touches.
const TOUCHED: usize = 9;
/// Parts of the table, so that threads seldom meet.
const PARTS: usize = 64;

/// At most so many requests in any span of a window's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    requests: NonZeroU32,
    window_ms: NonZeroU32,
}

/// How one key stands after a request of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// What holds.
    pub rate: Rate,
    /// Requests that would be admitted now.
    pub left: u32,
    /// When there will be more of them.
    pub more_in: Duration,
}

/// What is to be done with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// There is no limit.
    Unlimited,
    /// It may go on, and counts.
    Admitted(Standing),
    /// It may go on, and does not count: there are too many keys.
    Uncounted,
    /// It is one too many, and does not count.
    Refused(Standing),
}

/// Sliding windows, one a key: of no key are more requests admitted in any span of the window's length than the rate says.
///
/// A window is cut into eight slots, and what was admitted is counted by slot: the sliding-window counter that
/// [Cloudflare](https://blog.cloudflare.com/counting-things-a-lot-of-different-things/) describes, but with the slots that a window
/// touches counted whole where theirs weighs one previous window, so that the bound is exact. What that costs: a request counts for
/// as long as the window, and for up to an eighth of it more. What is refused counts for nothing.
///
/// Keys are kept by their hashes, in parts that are locked each by itself; two of the same 64 bits would share what they have. Idle keys
/// are swept once a window. Where as many keys are in use as there may be, further ones are admitted uncounted: who is
/// limited already stays so, and nobody is refused for the sake of strangers.
///
/// Limiters of one secret on clocks that agree can tell each other what they admitted ([`untold`](Self::untold)): then that counts as well,
/// from when it is heard of.
#[derive(Debug)]
pub struct RateLimiter {
    /// What hashes are made with, so that nobody can find keys that share one.
    secret: [u8; 32],
    /// [`Rate::packed`]; 0 is no limit.
    rate: AtomicU64,
    parts: Box<[Mutex<Part>]>,
    part_keys_max: usize,
}

#[derive(Debug, Default)]
struct Part {
    /// The window that the counts are of.
    window_ms: u32,
    /// The slot in which idle keys were swept last.
    swept: u64,
    keys: HashMap<u64, Counts>,
    /// Keys that somebody asked for since they were told.
    untold: HashSet<u64>,
}

impl Rate {
    /// So many requests, in any span of so many milliseconds.
    pub const fn new(requests: NonZeroU32, window_ms: NonZeroU32) -> Self {
        Self { requests, window_ms }
    }

    /// How many requests.
    pub const fn requests(self) -> u32 {
        self.requests.get()
    }

    /// In what span of time.
    pub const fn window(self) -> Duration {
        Duration::from_millis(self.window_ms.get() as u64)
    }

    const fn packed(self) -> u64 {
        (self.requests.get() as u64) << 32 | self.window_ms.get() as u64
    }

    fn unpacked(packed: u64) -> Option<Self> {
        let half = |bits: u64| NonZeroU32::new(u32::try_from(bits & u64::from(u32::MAX)).expect("32 bits"));
        Some(Self { requests: half(packed >> 32)?, window_ms: half(packed)? })
    }

    fn slot(self, now_ms: u64) -> u64 {
        now_ms.saturating_mul(SLOTS) / u64::from(self.window_ms.get())
    }

    /// How long it is until what was admitted in a slot does not count any more.
    fn leaves_in(self, slot: u64, now_ms: u64) -> Duration {
        let begins = (slot + SLOTS + 1).saturating_mul(self.window_ms.get().into()).div_ceil(SLOTS);
        Duration::from_millis(begins.saturating_sub(now_ms))
    }
}

impl RateLimiter {
    /// Without a limit at first. At most so many keys are counted at once.
    pub fn new(keys_max: usize, secret: [u8; 32]) -> Self {
        Self {
            secret,
            rate: AtomicU64::new(0),
            parts: (0..PARTS).map(|_| Mutex::default()).collect(),
            part_keys_max: keys_max.div_ceil(PARTS),
        }
    }

    /// Another limit from now on. What was admitted before counts where the window is as long as before, and is forgotten otherwise.
    pub fn set(&self, rate: Option<Rate>) {
        self.rate.store(rate.map_or(0, Rate::packed), Ordering::Relaxed);
    }

    /// The limit that holds.
    pub fn rate(&self) -> Option<Rate> {
        Rate::unpacked(self.rate.load(Ordering::Relaxed))
    }

    /// Counts a request, if it may go on. `now` is any clock's time, as long as it is always that clock's; one that is set back by more
    /// than a window begins anew.
    pub fn admit(&self, key: &(impl Hash + ?Sized), now: Duration) -> Verdict {
        let Some(rate) = self.rate() else { return Verdict::Unlimited };
        let now_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        let mut hasher = DefaultHasher::new();
        hasher.write(&self.secret);
        key.hash(&mut hasher);
        let key = hasher.finish();
        let mut part = self.part(key);
        let Some(counts) = part.counts(key, rate, now_ms, self.part_keys_max) else { return Verdict::Uncounted };
        let verdict = counts.admit(rate, now_ms);
        if part.untold.len() < self.part_keys_max {
            part.untold.insert(key);
        }
        verdict
    }

    /// Keys that are counted.
    pub fn keys(&self) -> usize {
        self.parts.iter().map(|part| lock(part).keys.len()).sum()
    }

    fn part(&self, key: u64) -> MutexGuard<'_, Part> {
        lock(&self.parts[usize::try_from(key % PARTS as u64).expect("below the number of parts")])
    }
}

fn lock(part: &Mutex<Part>) -> MutexGuard<'_, Part> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Part {
    /// The counts of a key as of now; `None` where there is no room for them.
    fn counts(&mut self, key: u64, rate: Rate, now_ms: u64, keys_max: usize) -> Option<&mut Counts> {
        let slot = rate.slot(now_ms);
        if self.window_ms != rate.window_ms.get() {
            *self = Self { window_ms: rate.window_ms.get(), swept: slot, ..Self::default() };
        }
        // Each of a part's keys is looked at once a window; once a slot where there is no room.
        let is_full = self.keys.len() >= keys_max && !self.keys.contains_key(&key);
        if slot.abs_diff(self.swept) > SLOTS || (is_full && slot != self.swept) {
            self.keys.retain(|_, counts| counts.slot.abs_diff(slot) <= SLOTS);
            self.swept = slot;
        }
        if self.keys.len() >= keys_max && !self.keys.contains_key(&key) {
            return None;
        }
        let counts = self.keys.entry(key).or_insert_with(|| Counts::new(slot));
        counts.pass_to(slot);
        Some(counts)
    }
}
