//! Taking back what has lapsed.

use proptest::prelude::*;

use super::*;

fn id() -> PlayerId {
    "a".parse().unwrap()
}

fn grant(book: &mut Book, day: i64, amount: i64, lapse: Lapse) -> Vec<Transfer> {
    book.post(at(day), &[wish(&ISSUE, &player("a"), amount, lapse)]).unwrap()
}

fn void(book: &mut Book, day: i64, made: &[Transfer]) -> Vec<Transfer> {
    let amount = made.iter().map(|made| made.amount).sum();
    book.take_back(at(day), &[TakeBack { made, so_far: 0, amount, shortfall: Shortfall::Debt }]).unwrap()
}

/// What a player has that lives, less what they owe.
fn worth(book: &Book, day: i64) -> i64 {
    book.spendable(&player("a"), &unit(), at(day)) + book.balance(&debt("a"), &unit())
}

/// Ten that lapse on day 3, and seven for ever.
fn ten_and_seven() -> (Book, Vec<Transfer>) {
    let mut book = Book::default();
    let made = grant(&mut book, 0, 10, lapse(3));
    grant(&mut book, 0, 7, Lapse::Never);
    (book, made)
}

#[test]
fn what_has_lapsed_is_not_taken_of_anything_else() {
    for is_cleared in [false, true] {
        let (mut book, made) = ten_and_seven();
        if is_cleared {
            book.lapse(at(3), &id(), &unit()).unwrap();
        }
        void(&mut book, 3, &made);
        assert_eq!(worth(&book, 3), 7, "cleared away: {is_cleared}");
        book.lapse(at(3), &id(), &unit()).unwrap();
        let houses = [House::Issue, House::Lapsed].map(|house| book.balance(&Account::House(house), &unit()));
        assert_eq!(houses, [-7, 0], "it went back to where it came from, and lapsed no more");
    }
}

#[test]
fn what_was_spent_before_the_rest_lapsed_is_owed() {
    for is_cleared in [false, true] {
        let (mut book, made) = ten_and_seven();
        book.post(at(0), &[wish(&player("a"), &INCOME, 8, Lapse::Never)]).unwrap();
        if is_cleared {
            book.lapse(at(3), &id(), &unit()).unwrap();
        }
        void(&mut book, 3, &made);
        assert_eq!(worth(&book, 3), -1, "cleared away: {is_cleared}");
    }
}

#[test]
fn what_lapsed_of_a_lot_is_taken_back_once() {
    let mut book = Book::default();
    let made = [0, 1].map(|day| grant(&mut book, day, 10, lapse(3)));
    book.post(at(1), &[wish(&player("a"), &INCOME, 10, Lapse::Never)]).unwrap();
    book.lapse(at(3), &id(), &unit()).unwrap();
    void(&mut book, 3, &made[0]);
    assert_eq!(worth(&book, 3), 0);
    void(&mut book, 3, &made[1]);
    assert_eq!(worth(&book, 3), -10);
}

#[test]
fn only_lots_that_have_lapsed_are_asked_for() {
    let (mut book, mut made) = ten_and_seven();
    made.extend(grant(&mut book, 0, 5, lapse(9)));
    made.extend(book.post(at(0), &[wish(&player("a"), &INCOME, 1, Lapse::Never)]).unwrap());
    assert_eq!(lapsed_lots(at(2), &made), [].into());
    assert_eq!(lapsed_lots(at(3), &made), [(id(), unit(), lapse(3))].into());
}

#[derive(Debug, Clone)]
enum Step {
    /// So much that lasts for so many days (for ever with 0), and whether it is voided one day.
    Grant(i64, i64, bool),
    Spend(i64),
    Clear,
    Later(i64),
    /// One of those that are to be voided.
    Void(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (1..20i64, 0..6i64, any::<bool>()).prop_map(|(amount, lasts, is_voided)| Step::Grant(amount, lasts, is_voided)),
        2 => (1..20i64).prop_map(Step::Spend),
        1 => Just(Step::Clear),
        2 => (1..3i64).prop_map(Step::Later),
        2 => (0..9usize).prop_map(Step::Void),
    ];
    prop::collection::vec(step, 1..40)
}

/// A player to whom something was given that is voided, beside one to whom it never was.
#[derive(Default)]
struct Beside {
    given: Book,
    never: Book,
    /// What was spent that only the one of them had.
    spent: i64,
    /// What is to be voided yet.
    open: Vec<Vec<Transfer>>,
}

impl Beside {
    fn grant(&mut self, day: i64, amount: i64, lapse: Lapse, is_voided: bool) {
        let made = grant(&mut self.given, day, amount, lapse);
        if is_voided {
            self.open.push(made);
        } else {
            grant(&mut self.never, day, amount, lapse);
        }
    }

    /// Spends what there is of so much. Who was never given it spends the same of the same lots, as far as they hold it.
    fn spend(&mut self, day: i64, amount: i64) {
        let amount = amount.min(self.given.spendable(&player("a"), &unit(), at(day)));
        if amount == 0 {
            return;
        }
        let made = self.given.post(at(day), &[wish(&player("a"), &INCOME, amount, Lapse::Never)]).unwrap();
        for lot in &made[0].lots {
            let own = (-lot.change).min(self.never.lots(&id(), &unit()).map_or(0, |lots| lots.left(lot.lapse)));
            if own > 0 {
                let wish = wish(&player("a"), &INCOME, own, Lapse::Never);
                self.never.transfer(at(day), &wish, Some(lot.lapse)).unwrap();
            }
            self.spent += -lot.change - own;
        }
    }

    fn clear(&mut self, day: i64) {
        for book in [&mut self.given, &mut self.never] {
            book.lapse(at(day), &id(), &unit()).unwrap();
        }
    }
}

proptest! {
    /// Once all that was to be voided is, a player has no less than if it had never been given, less what they spent of it, whatever
    /// else lapsed, was cleared away and was given meanwhile.
    #[test]
    fn nobody_pays_for_what_lapsed(steps in steps()) {
        let (mut beside, mut now) = (Beside::default(), 0);
        for step in steps {
            match step {
                Step::Grant(amount, 0, is_voided) => beside.grant(now, amount, Lapse::Never, is_voided),
                Step::Grant(amount, lasts, is_voided) => beside.grant(now, amount, lapse(now + lasts), is_voided),
                Step::Spend(amount) => beside.spend(now, amount),
                Step::Clear => beside.clear(now),
                Step::Later(days) => now += days,
                Step::Void(number) if !beside.open.is_empty() => {
                    let made = beside.open.swap_remove(number % beside.open.len());
                    void(&mut beside.given, now, &made);
                }
                Step::Void(_) => {}
            }
        }
        for made in std::mem::take(&mut beside.open) {
            void(&mut beside.given, now, &made);
        }
        let (given, never) = (worth(&beside.given, now), worth(&beside.never, now));
        prop_assert!(given >= never - beside.spent, "{given}, though {never} without, and {} spent", beside.spent);
    }
}
