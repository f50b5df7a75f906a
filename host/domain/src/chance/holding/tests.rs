use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn day(day: i64) -> Timestamp {
    Timestamp::from_millis(day)
}

/// What happens to a player's chances. Times are days.
#[derive(Debug, Clone)]
enum Step {
    Add {
        amount: u64,
        lifetime: Option<i64>,
    },
    Draw,
    Wait,
    /// What has lapsed is cleared away.
    Clear,
    /// The grant at this place, of those so far, is taken back.
    TakeBack(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (1u64..4, proptest::option::of(1i64..5)).prop_map(|(amount, lifetime)| Step::Add { amount, lifetime }),
        4 => Just(Step::Draw),
        1 => Just(Step::Wait),
        1 => Just(Step::Clear),
        1 => any::<proptest::sample::Index>().prop_map(|place| Step::TakeBack(place.index(64))),
    ]
}

/// A player each of whose chances is moved by itself, when it is.
#[derive(Debug, Default)]
struct Naive {
    /// When each lapses that is left.
    left: Vec<Lapse>,
    lapsed: u64,
}

impl Naive {
    fn wait(&mut self, now: Timestamp) {
        let before = self.left.len();
        self.left.retain(|lapse| lapse.is_after(now));
        self.lapsed += (before - self.left.len()) as u64;
    }

    fn draw(&mut self) -> bool {
        let soonest = self.left.iter().enumerate().min_by_key(|(_, lapse)| **lapse).map(|(place, _)| place);
        soonest.map(|place| self.left.remove(place)).is_some()
    }

    fn take_back(&mut self, amount: u64, given: Lapse, now: Timestamp) -> u64 {
        let mut taken = 0;
        while taken < amount && given.is_after(now) {
            let own = self.left.iter().position(|lapse| *lapse == given);
            let latest = self.left.iter().enumerate().max_by_key(|(_, lapse)| **lapse).map(|(place, _)| place);
            let Some(place) = own.or(latest) else { break };
            self.left.remove(place);
            taken += 1;
        }
        taken
    }

    fn lots(&self) -> Vec<(Timestamp, u64)> {
        let mut lots = BTreeMap::new();
        for lapse in &self.left {
            if let Lapse::At(at) = lapse {
                *lots.entry(*at).or_default() += 1;
            }
        }
        lots.into_iter().collect()
    }
}

/// What is kept of the player, as a store does: a draw changes one count, and clears away what has lapsed where it sees that some has.
#[derive(Debug)]
struct Kept {
    holding: Holding,
    lapsed: u64,
}

impl Kept {
    fn clear(&mut self, now: Timestamp) {
        self.lapsed += self.holding.lapse(now);
    }

    fn draw(&mut self, now: Timestamp) -> bool {
        if self.holding.chances().has_lapsed(now) {
            self.clear(now);
        }
        let is_left = self.holding.chances().left() != Some(0);
        self.holding.chances.used += u64::from(is_left);
        is_left
    }
}

proptest! {
    /// Counting uses and settling them later comes to what moving each chance does, however late what lapsed is cleared away.
    #[test]
    fn settling_moves_what_was_used(initial in 0u64..4, steps in vec(step(), 0..60)) {
        let chances = Chances { initial: Some(initial), ..Chances::default() };
        let mut kept = Kept { holding: Holding::new(chances, 0, []), lapsed: 0 };
        let mut naive = Naive { left: (0..initial).map(|_| Lapse::Never).collect(), ..Naive::default() };
        let (mut today, mut grants) = (0, Vec::new());
        for step in steps {
            let now = day(today);
            match step {
                Step::Add { amount, lifetime } => {
                    let lapse = lifetime.map_or(Lapse::Never, |days| Lapse::At(day(today + days)));
                    grants.push(Some((amount, lapse)));
                    kept.holding.add(amount, lapse);
                    naive.left.extend((0..amount).map(|_| lapse));
                }
                Step::Draw => prop_assert_eq!(kept.draw(now), naive.draw()),
                Step::Wait => {
                    today += 1;
                    naive.wait(day(today));
                }
                Step::Clear => kept.clear(now),
                Step::TakeBack(place) if !grants.is_empty() => {
                    let place = place % grants.len();
                    if let Some((amount, lapse)) = grants[place].take() {
                        let expected = naive.take_back(amount, lapse, now);
                        prop_assert_eq!(kept.holding.take_back(amount, lapse, now), expected);
                    }
                }
                Step::TakeBack(_) => {}
            }
            let held: u64 = kept.holding.lots().map(|(_, left)| left).sum();
            prop_assert!(held <= kept.holding.chances().left().unwrap() + (kept.holding.chances.used - kept.holding.settled));
        }
        kept.clear(day(today));
        prop_assert_eq!(kept.holding.chances().left(), Some(naive.left.len() as u64));
        prop_assert_eq!(kept.holding.lots().collect::<Vec<_>>(), naive.lots());
        prop_assert_eq!(kept.lapsed, naive.lapsed);
    }
}

fn holding(initial: u64, lots: &[(i64, u64)]) -> Holding {
    let mut holding = Holding::new(Chances { initial: Some(initial), ..Chances::default() }, 0, []);
    for (lapse, amount) in lots {
        holding.add(*amount, Lapse::At(day(*lapse)));
    }
    holding
}

#[track_caller]
fn check(holding: &Holding, lots: &[(i64, u64)], left: u64) {
    let lots: Vec<_> = lots.iter().map(|(lapse, left)| (day(*lapse), *left)).collect();
    assert_eq!((holding.lots().collect::<Vec<_>>(), holding.chances().left()), (lots, Some(left)));
}

#[test]
fn what_lapses_soonest_is_used_first() {
    let mut held = holding(2, &[(9, 3), (5, 2)]);
    held.chances.used += 3;
    held.settle();
    check(&held, &[(9, 2)], 4);
    assert_eq!((held.lapse(day(8)), held.chances().has_lapsed(day(9))), (0, true));
    assert_eq!(held.lapse(day(9)), 2);
    check(&held, &[], 2);
}

#[test]
fn what_is_taken_back_is_taken_out_of_its_own_lot_and_then_of_what_lapses_last() {
    let mut held = holding(1, &[(5, 2), (7, 2), (9, 2)]);
    held.chances.used += 1;
    assert_eq!(held.take_back(2, Lapse::At(day(5)), day(0)), 2);
    // One of its own, and the one to begin with.
    check(&held, &[(7, 2), (9, 2)], 4);
    assert_eq!(held.take_back(3, Lapse::Never, day(0)), 3);
    check(&held, &[(7, 1)], 1);
    assert_eq!(held.take_back(9, Lapse::At(day(9)), day(0)), 1);
    check(&held, &[], 0);
}

#[test]
fn what_has_lapsed_is_not_taken_out_of_what_others_gave() {
    let mut held = holding(1, &[(5, 2), (7, 2)]);
    assert_eq!(held.take_back(2, Lapse::At(day(5)), day(5)), 0);
    assert_eq!(held.take_back(9, Lapse::Never, day(5)), 3);
    check(&held, &[(5, 2)], 2);
    assert_eq!(held.lapse(day(5)), 2);
}
