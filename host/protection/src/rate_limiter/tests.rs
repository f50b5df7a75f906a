use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn rate(requests: u32, window_ms: u32) -> Rate {
    Rate::new(NonZeroU32::new(requests).unwrap(), NonZeroU32::new(window_ms).unwrap())
}

fn limiter(requests: u32, window_ms: u32) -> RateLimiter {
    let limiter = RateLimiter::new(1_000, [7; 32]);
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
    let limiter = RateLimiter::new(10, [7; 32]);
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
    let limiter = RateLimiter::new(PARTS, [7; 32]);
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

    /// Of several limiters that tell each other, none admits what one would not that had heard of everything; though an answer
    /// may get lost, and be told once more.
    #[test]
    fn what_others_admitted_counts_once_it_is_heard(
        pauses in pauses(), turns in proptest::collection::vec((0usize..3, any::<bool>()), 300), requests in 1u32..20, window_ms in 8u32..3_000,
    ) {
        let limiters: Vec<_> = (0..3).map(|_| limiter(requests, window_ms)).collect();
        let mut shared = Shared::default();
        let (mut now, mut admitted): (u64, Vec<u64>) = (0, Vec::new());
        for (pause, (turn, gets_lost)) in pauses.into_iter().zip(turns) {
            now += pause;
            // Asked twice: the first time without having heard, which costs one request at most.
            for is_informed in [false, true] {
                let of_late = admitted.iter().filter(|at| **at + u64::from(window_ms) > now).count();
                if is_admitted(&limiters[turn], "a", now) {
                    prop_assert!(!is_informed || of_late < requests as usize);
                    admitted.push(now);
                }
                let told = limiters[turn].untold(99).pop().unwrap();
                if gets_lost {
                    shared.exchange(turn, &told);
                    limiters[turn].tell_again(&told);
                    prop_assert_eq!(limiters[turn].untold(99), [told.clone()]);
                }
                limiters[turn].hear(&told, &shared.exchange(turn, &told));
                prop_assert_eq!(limiters[turn].untold(99), []);
            }
        }
    }
}

/// What several limiters told of a key, as a place that they share would keep it.
#[derive(Default)]
struct Shared(BTreeMap<(u64, usize), u32>);

impl Shared {
    fn exchange(&mut self, who: usize, told: &Admitted) -> Vec<(u64, u32)> {
        self.0.extend(told.requests.iter().map(|(slot, requests)| ((*slot, who), *requests)));
        let others = self.0.iter().filter(|((_, other), _)| *other != who);
        others.map(|((slot, _), requests)| (*slot, *requests)).collect()
    }
}
