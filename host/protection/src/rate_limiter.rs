use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

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
#[derive(Debug)]
pub struct RateLimiter {
    hasher: RandomState,
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
}

/// What was admitted of one key.
#[derive(Debug)]
struct Counts {
    /// The latest slot that is counted.
    slot: u64,
    /// By slot, in a ring.
    admitted: [u32; TOUCHED],
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
    pub fn new(keys_max: usize) -> Self {
        Self {
            hasher: RandomState::new(),
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
        let key = self.hasher.hash_one(key);
        let part = &self.parts[usize::try_from(key % PARTS as u64).expect("below the number of parts")];
        let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
        match part.counts(key, rate, now_ms, self.part_keys_max) {
            Some(counts) => counts.admit(rate, now_ms),
            None => Verdict::Uncounted,
        }
    }

    /// Keys that are counted.
    pub fn keys(&self) -> usize {
        self.parts.iter().map(|part| part.lock().unwrap_or_else(PoisonError::into_inner).keys.len()).sum()
    }
}

impl Part {
    /// The counts of a key as of now; `None` where there is no room for them.
    fn counts(&mut self, key: u64, rate: Rate, now_ms: u64, keys_max: usize) -> Option<&mut Counts> {
        let slot = rate.slot(now_ms);
        if self.window_ms != rate.window_ms.get() {
            *self = Self { window_ms: rate.window_ms.get(), swept: slot, keys: HashMap::new() };
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

impl Counts {
    const fn new(slot: u64) -> Self {
        Self { slot, admitted: [0; TOUCHED] }
    }

    /// Forgets the slots that no window touches any more which ends in this one.
    fn pass_to(&mut self, slot: u64) {
        if slot.abs_diff(self.slot) > SLOTS {
            *self = Self::new(slot);
        }
        // Where the clock was set back a little, requests count as of the latest slot until it has caught up.
        for passed in self.slot + 1..=slot {
            self.admitted[place(passed)] = 0;
        }
        self.slot = self.slot.max(slot);
    }

    fn admit(&mut self, rate: Rate, now_ms: u64) -> Verdict {
        let admitted: u64 = self.admitted.iter().copied().map(u64::from).sum();
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
            staying -= u64::from(self.admitted[place(slot)]);
            if staying < most {
                return rate.leaves_in(slot, now_ms);
            }
        }
        Duration::ZERO
    }
}

/// Of a slot in the ring.
fn place(slot: u64) -> usize {
    usize::try_from(slot % TOUCHED as u64).expect("below the length of the ring")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rate(requests: u32, window_ms: u32) -> Rate {
        Rate::new(NonZeroU32::new(requests).unwrap(), NonZeroU32::new(window_ms).unwrap())
    }

    fn limiter(requests: u32, window_ms: u32) -> RateLimiter {
        let limiter = RateLimiter::new(1_000);
        limiter.set(Some(rate(requests, window_ms)));
        limiter
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn is_admitted(limiter: &RateLimiter, key: &str, now: u64) -> bool {
        matches!(limiter.admit(key, ms(now)), Verdict::Admitted(_))
    }

    #[test]
    fn without_a_limit_all_is_admitted_and_nothing_kept() {
        let limiter = RateLimiter::new(10);
        assert_eq!((limiter.admit("a", ms(1)), limiter.keys()), (Verdict::Unlimited, 0));
    }

    #[test]
    fn who_used_what_there_is_waits_until_it_leaves_the_window() {
        let limiter = limiter(2, 8_000);
        let standing = |left, more| Standing { rate: rate(2, 8_000), left, more_in: ms(more) };
        assert_eq!(limiter.admit("a", ms(500)), Verdict::Admitted(standing(1, 8_500)));
        assert_eq!(limiter.admit("a", ms(1_500)), Verdict::Admitted(standing(0, 7_500)));
        assert_eq!(limiter.admit("a", ms(8_999)), Verdict::Refused(standing(0, 1)));
        assert!(is_admitted(&limiter, "b", 8_999), "another key has its own");
        assert_eq!(limiter.admit("a", ms(9_000)), Verdict::Admitted(standing(0, 1_000)));
        assert_eq!(limiter.admit("a", ms(9_999)), Verdict::Refused(standing(0, 1)));
    }

    #[test]
    fn a_new_limit_holds_at_once() {
        let limiter = limiter(4, 1_000);
        assert_eq!((0..6).filter(|_| is_admitted(&limiter, "a", 0)).count(), 4);
        limiter.set(Some(rate(6, 1_000)));
        assert_eq!((0..6).filter(|_| is_admitted(&limiter, "a", 1)).count(), 2);
        limiter.set(Some(rate(1, 1_000)));
        let Verdict::Refused(standing) = limiter.admit("a", ms(2)) else { panic!("six were admitted") };
        assert!(is_admitted(&limiter, "a", 2 + u64::try_from(standing.more_in.as_millis()).unwrap()));
        // Another window begins anew.
        limiter.set(Some(rate(1, 2_000)));
        assert!(is_admitted(&limiter, "a", 1_200));
        limiter.set(None);
        assert_eq!(limiter.admit("a", ms(1_200)), Verdict::Unlimited);
    }

    #[test]
    fn a_clock_that_is_set_back_gives_nothing_at_first_and_takes_nothing_for_long() {
        let limiter = limiter(1, 1_000);
        assert!(is_admitted(&limiter, "a", 10_000));
        assert!(!is_admitted(&limiter, "a", 9_500), "a little");
        assert!(is_admitted(&limiter, "a", 5_000), "far");
    }

    #[test]
    fn so_many_keys_are_counted_and_idle_ones_swept() {
        let limiter = RateLimiter::new(PARTS);
        limiter.set(Some(rate(1, 1_000)));
        let verdicts: Vec<_> = (0..1_000).map(|key| (key, limiter.admit(&key, ms(0)))).collect();
        let (counted, others): (Vec<_>, Vec<_>) =
            verdicts.into_iter().partition(|(_, verdict)| matches!(verdict, Verdict::Admitted(_)));
        assert!(counted.len() <= PARTS && limiter.keys() == counted.len());
        assert!(others.iter().all(|(_, verdict)| *verdict == Verdict::Uncounted));
        for (key, _) in counted {
            assert!(matches!(limiter.admit(&key, ms(1)), Verdict::Refused(_)), "who is limited stays so");
        }
        // As soon as a key is idle its place is another's.
        let (stranger, _) = others[0];
        assert!(matches!(limiter.admit(&stranger, ms(2_000)), Verdict::Admitted(_)));
        for key in 2_000..3_000 {
            limiter.admit(&key, ms(4_000));
        }
        assert!(limiter.keys() <= PARTS);
    }

    /// Requests of one key: after how long each comes.
    fn pauses() -> impl Strategy<Value = Vec<u64>> {
        proptest::collection::vec(prop_oneof![0u64..3, 0u64..200, 0u64..3_000], 1..300)
    }

    proptest! {
        /// In no span of the window's length is one more admitted than the rate says; and nobody is refused of whom less than that was
        /// admitted in the window and an eighth.
        #[test]
        fn no_window_holds_more_and_no_refusal_is_for_less(
            began in 0u64..1 << 41, pauses in pauses(), requests in 1u32..20, window_ms in 1u32..3_000,
        ) {
            let limiter = limiter(requests, window_ms);
            let (mut now, window) = (began, u64::from(window_ms));
            let mut admitted: Vec<u64> = Vec::new();
            for pause in pauses {
                now += pause;
                let of_late = |span: u64| admitted.iter().filter(|at| **at + span > now).count();
                match limiter.admit("a", ms(now)) {
                    Verdict::Admitted(standing) => {
                        prop_assert!(of_late(window) < requests as usize);
                        prop_assert!(standing.left as usize + of_late(window) < requests as usize);
                        admitted.push(now);
                    }
                    Verdict::Refused(standing) => {
                        prop_assert!(of_late(window + window.div_ceil(SLOTS)) >= requests as usize);
                        prop_assert!(standing.more_in > Duration::ZERO);
                        prop_assert!(standing.more_in <= ms(window + window.div_ceil(SLOTS)));
                    }
                    other => prop_assert!(false, "{other:?}"),
                }
            }
        }

        /// Who waits as long as they are told is admitted then, and a millisecond before is not.
        #[test]
        fn what_is_told_is_so(pauses in pauses(), requests in 1u32..20, window_ms in 8u32..3_000) {
            let limiter = limiter(requests, window_ms);
            let mut now = 0;
            for pause in pauses {
                now += pause;
                if let Verdict::Refused(standing) = limiter.admit("a", ms(now)) {
                    let then = now + u64::try_from(standing.more_in.as_millis()).unwrap();
                    prop_assert!(!is_admitted(&limiter, "a", then - 1));
                    prop_assert!(is_admitted(&limiter, "a", then));
                    now = then;
                }
            }
        }
    }
}
