mod lapsed;

use proptest::prelude::*;

use super::*;
use crate::hold::{Hold, hold_id};

const DAY: i64 = 86_400_000;

fn at(day: i64) -> Timestamp {
    Timestamp::from_millis(day * DAY)
}

fn lapse(day: i64) -> Lapse {
    Lapse::At(at(day))
}

fn unit() -> UnitName {
    "points".parse().unwrap()
}

fn player(name: &str) -> Account {
    Account::Player(name.parse().unwrap())
}

fn debt(name: &str) -> Account {
    Account::Debt(name.parse().unwrap())
}

fn wish(from: &Account, to: &Account, amount: i64, lapse: Lapse) -> Wish {
    Wish { unit: unit(), from: from.clone(), to: to.clone(), amount, lapse }
}

const ISSUE: Account = Account::House(House::Issue);
const INCOME: Account = Account::House(House::Income);

/// A player with what was given on day 0.
fn given(lots: &[(i64, Lapse)]) -> Book {
    let mut book = Book::default();
    for (amount, lapse) in lots {
        book.post(at(0), &[wish(&ISSUE, &player("a"), *amount, *lapse)]).unwrap();
    }
    book
}

fn lots(book: &Book) -> Vec<(Lapse, i64)> {
    let lots = book.clone().changes().lots;
    lots.into_iter().map(|((_, _, lapse), left)| (lapse, left)).collect()
}

/// All of it is taken back, and what was spent of it is owed.
fn owed(made: &[Transfer]) -> TakeBack<'_> {
    let amount = made.iter().map(|made| made.amount).sum();
    TakeBack { made, so_far: 0, amount, shortfall: Shortfall::Debt }
}

/// What a player has and owes.
fn has(book: &Book) -> [i64; 2] {
    [player("a"), debt("a")].map(|account| book.balance(&account, &unit()))
}

#[test]
fn what_lapses_soonest_is_spent_first() {
    let mut book = given(&[(5, Lapse::Never), (5, lapse(9)), (5, lapse(3))]);
    let spent = book.post(at(0), &[wish(&player("a"), &INCOME, 7, Lapse::Never)]).unwrap();
    let taken = |lapse, change| LotChange { lapse, change };
    assert_eq!(spent[0].lots, [taken(lapse(3), -5), taken(lapse(9), -2)]);
    assert_eq!(lots(&book), [(lapse(9), 3), (Lapse::Never, 5)]);
}

#[test]
fn what_has_lapsed_can_t_be_spent_though_it_is_still_there() {
    let mut book = Book::default();
    book.know(player("a"), unit(), 10);
    book.know_lots("a".parse().unwrap(), unit(), Lots::new([(lapse(3), 6), (lapse(4), 4)]));
    let refused = book.post(at(3), &[wish(&player("a"), &INCOME, 5, Lapse::Never)]).unwrap_err();
    assert_eq!(refused, Refused::Short { unit: unit(), account: player("a"), left: 4, wanted: 5 });
    assert_eq!(book.balance(&player("a"), &unit()), 10);
    book.post(at(3), &[wish(&player("a"), &INCOME, 4, Lapse::Never)]).unwrap();
    assert_eq!(book.changes().lots.into_values().collect::<Vec<_>>(), [0], "only the lot that lives is touched");
}

#[test]
fn what_has_lapsed_is_taken_away_once() {
    let mut book = given(&[(5, lapse(3)), (4, lapse(9)), (3, Lapse::Never)]);
    let player_id = "a".parse().unwrap();
    let lapsed = book.lapse(at(3), &player_id, &unit()).unwrap();
    assert_eq!(lapsed.iter().map(|transfer| transfer.amount).collect::<Vec<_>>(), [5]);
    assert_eq!(book.lapse(at(3), &player_id, &unit()), Ok(vec![]));
    assert_eq!((book.balance(&player("a"), &unit()), book.balance(&Account::House(House::Lapsed), &unit())), (7, 5));
}

#[test]
fn accounts_are_read_back_from_their_parts() {
    for account in accounts() {
        assert_eq!(Account::from_parts(account.kind(), account.owner(), account.part()), Some(account));
    }
    for (kind, owner, part) in [("player", "", ""), ("player", "a", "b"), ("house", "", "pocket"), ("purse", "a", "")] {
        assert_eq!(Account::from_parts(kind, owner, part), None);
    }
}

#[test]
fn what_came_in_on_one_day_lapses_together() {
    let lifetime = Lifetime::new(30).unwrap();
    let millis = |millis| Timestamp::from_millis(millis);
    assert_eq!(lifetime.lapse(at(0)), lapse(31));
    assert_eq!(lifetime.lapse(millis(DAY - 1)), lapse(31));
    assert_eq!(lifetime.lapse(at(1)), lapse(32));
    assert_eq!((Lifetime::new(0), Lifetime::new(36_526)), (Err(LifetimeError), Err(LifetimeError)));
}

#[test]
fn a_posting_that_fails_leaves_nothing() {
    let mut book = given(&[(5, Lapse::Never)]);
    let before = book.clone().changes();
    let wishes = [wish(&player("a"), &INCOME, 3, Lapse::Never), wish(&player("a"), &INCOME, 3, Lapse::Never)];
    book.post(at(0), &wishes).unwrap_err();
    assert_eq!(book.changes(), before);
}

#[test]
fn what_was_spent_becomes_a_debt_that_the_next_pays() {
    let mut book = Book::default();
    let earned = book.post(at(0), &[wish(&ISSUE, &player("a"), 10, lapse(5))]).unwrap();
    book.post(at(0), &[wish(&player("a"), &INCOME, 8, Lapse::Never)]).unwrap();
    let back = |shortfall| TakeBack { made: &earned, so_far: 0, amount: 10, shortfall };
    let mut at_a_loss = book.clone();
    at_a_loss.take_back(at(0), &[back(Shortfall::Loss)]).unwrap();
    assert_eq!(at_a_loss.balance(&Account::House(House::Loss), &unit()), -8);
    book.take_back(at(0), &[back(Shortfall::Debt)]).unwrap();
    let balances = |book: &Book| (book.balance(&player("a"), &unit()), book.balance(&debt("a"), &unit()));
    assert_eq!(balances(&book), (0, -8));
    let paid = book.post(at(0), &[wish(&ISSUE, &player("a"), 5, Lapse::Never)]).unwrap();
    assert_eq!((paid.len(), balances(&book)), (1, (0, -3)));
    let rest = book.post(at(0), &[wish(&ISSUE, &player("a"), 5, Lapse::Never)]).unwrap();
    assert_eq!(rest.iter().map(|transfer| transfer.amount).collect::<Vec<_>>(), [3, 2]);
    assert_eq!(balances(&book), (2, 0));
    // Taken back again, in two steps: what the player has of it, and then what had paid the debt.
    let back = |so_far, amount| TakeBack { made: &rest, so_far, amount, shortfall: Shortfall::Debt };
    book.take_back(at(0), &[back(0, 3)]).unwrap();
    assert_eq!(balances(&book), (0, -1));
    book.take_back(at(0), &[back(3, 2)]).unwrap();
    assert_eq!(balances(&book), (0, -3));
}

#[test]
fn what_is_held_comes_back_to_its_lots() {
    let mut book = given(&[(5, lapse(3)), (5, Lapse::Never)]);
    let before = lots(&book);
    let held = book.post(at(0), &[wish(&player("a"), &Account::Held("a".parse().unwrap()), 8, Lapse::Never)]).unwrap();
    let void = |so_far, amount| TakeBack { made: &held, so_far, amount, shortfall: Shortfall::Debt };
    book.take_back(at(0), &[void(0, 4)]).unwrap();
    assert_eq!(lots(&book), [(lapse(3), 1), (Lapse::Never, 5)], "what lasts longest comes back first");
    book.take_back(at(0), &[void(4, 4)]).unwrap();
    assert_eq!(lots(&book), before);
}

#[test]
fn shares_add_up() {
    assert_eq!([0, 1, 2, 3].map(|reversed| proportion(100, reversed, 3)), [0, 33, 66, 100]);
    assert_eq!(proportion(AMOUNT_MAX, AMOUNT_MAX - 1, AMOUNT_MAX), AMOUNT_MAX - 1);
    assert_eq!((proportion(5, 7, 3), proportion(5, -1, 3)), (5, 0));
}

/// Of so many points of player `a`.
fn hold(amount: i64) -> Hold {
    let player = "a".parse().unwrap();
    let id = hold_id(&player, &[7; 16], at(0));
    Hold { id, player, unit: unit(), amount, held_at: at(0), expires_at: at(9), ended: None, voided_at: None }
}

#[test]
fn a_hold_is_taken_out_of_what_lapses_soonest() {
    let mut book = given(&[(5, Lapse::Never), (5, lapse(3))]);
    let held = book.hold(at(0), &hold(8)).unwrap();
    assert_eq!(lots(&book), [(Lapse::Never, 2)]);
    let ended = book.end_hold(at(1), &hold(8), &held, 4).unwrap();
    assert_eq!(lots(&book), [(lapse(3), 1), (Lapse::Never, 5)]);
    let income = Account::House(House::Income);
    assert_eq!(ended.iter().map(|made| (&made.to, made.amount)).collect::<Vec<_>>(), [(&income, 4), (&player("a"), 4)]);
    assert_eq!(book.balance(&Account::Held("a".parse().unwrap()), &unit()), 0);
}

#[test]
fn what_was_taken_of_a_hold_comes_back_to_its_lots() {
    let mut book = given(&[(5, Lapse::Never), (5, lapse(3))]);
    let held = book.hold(at(0), &hold(8)).unwrap();
    book.end_hold(at(1), &hold(8), &held, 4).unwrap();
    let back = book.void_hold(at(2), &hold(8), &held, 4).unwrap();
    assert_eq!(lots(&book), [(lapse(3), 5), (Lapse::Never, 5)]);
    let income = Account::House(House::Income);
    assert_eq!(
        back.iter().map(|made| (&made.from, &made.to, made.amount)).collect::<Vec<_>>(),
        [(&income, &player("a"), 4)]
    );
    assert_eq!(book.balance(&income, &unit()), 0);
}

#[test]
fn what_lapsed_while_it_was_held_comes_back_as_lapsed() {
    let mut book = given(&[(5, lapse(3))]);
    let held = book.hold(at(0), &hold(5)).unwrap();
    assert_eq!(book.lapse(at(3), &"a".parse().unwrap(), &unit()), Ok(vec![]));
    book.end_hold(at(3), &hold(5), &held, 0).unwrap();
    assert_eq!((book.balance(&player("a"), &unit()), book.spendable(&player("a"), &unit(), at(3))), (5, 0));
    assert_eq!(book.lapse(at(3), &"a".parse().unwrap(), &unit()).unwrap()[0].amount, 5);
}

#[test]
fn what_was_held_pays_what_is_owed_by_then() {
    let mut book = Book::default();
    let given = book.post(at(0), &[wish(&ISSUE, &player("a"), 10, Lapse::Never)]).unwrap();
    let held = book.hold(at(0), &hold(8)).unwrap();
    let whole = TakeBack { made: &given, so_far: 0, amount: 10, shortfall: Shortfall::Debt };
    book.take_back(at(1), &[whole]).unwrap();
    let debt = Account::Debt("a".parse().unwrap());
    assert_eq!((book.balance(&player("a"), &unit()), book.balance(&debt, &unit())), (0, -8));
    book.end_hold(at(2), &hold(8), &held, 3).unwrap();
    assert_eq!((book.balance(&player("a"), &unit()), book.balance(&debt, &unit())), (0, -3));
}

/// The house bears what was spent, and not what a hold may give back.
#[test]
fn what_is_held_is_no_loss() {
    for (on_hold, spent, owed, lost) in [(8, 0, 8, 0), (8, 2, 8, 2), (0, 10, 0, 10)] {
        let mut book = Book::default();
        let given = book.post(at(0), &[wish(&ISSUE, &player("a"), 10, Lapse::Never)]).unwrap();
        if on_hold > 0 {
            book.hold(at(0), &hold(on_hold)).unwrap();
        }
        if spent > 0 {
            book.post(at(0), &[wish(&player("a"), &INCOME, spent, Lapse::Never)]).unwrap();
        }
        book.know_on_hold("a".parse().unwrap(), unit(), on_hold);
        let part = |so_far, amount| TakeBack { made: &given, so_far, amount, shortfall: Shortfall::Loss };
        // In two parts, so that what is owed by then is not counted twice.
        book.take_back(at(1), &[part(0, 4)]).unwrap();
        book.take_back(at(1), &[part(4, 6)]).unwrap();
        assert_eq!(has(&book), [0, -owed], "{on_hold} {spent}");
        assert_eq!(book.balance(&Account::House(House::Loss), &unit()), -lost, "{on_hold} {spent}");
    }
}

#[test]
fn what_comes_back_pays_what_is_owed() {
    let mut book = Book::default();
    let given = book.post(at(0), &[wish(&ISSUE, &player("a"), 10, lapse(5))]).unwrap();
    let spent = book.post(at(0), &[wish(&player("a"), &INCOME, 8, Lapse::Never)]).unwrap();
    book.take_back(at(1), &[owed(&given)]).unwrap();
    assert_eq!(has(&book), [0, -8]);
    book.take_back(at(2), &[owed(&spent)]).unwrap();
    assert_eq!((has(&book), lots(&book)), ([0, 0], vec![]));
}

/// Whether the order is voided first or the gift that paid for it, and whether what lapsed was cleared away in between.
#[test]
fn what_comes_back_lapsed_is_missed_once() {
    let mut before = Book::default();
    let given = before.post(at(0), &[wish(&ISSUE, &player("a"), 10, lapse(5))]).unwrap();
    let spent = before.post(at(0), &[wish(&player("a"), &INCOME, 8, Lapse::Never)]).unwrap();
    for (first, second, is_cleared) in
        [(&given, &spent, false), (&given, &spent, true), (&spent, &given, false), (&spent, &given, true)]
    {
        let mut book = before.clone();
        book.take_back(at(6), &[owed(first)]).unwrap();
        if is_cleared {
            book.lapse(at(6), &"a".parse().unwrap(), &unit()).unwrap();
        }
        book.take_back(at(6), &[owed(second)]).unwrap();
        assert_eq!((has(&book), lots(&book)), ([0, 0], vec![]));
        assert_eq!(House::ALL.map(|part| book.balance(&Account::House(part), &unit())), [0; 5]);
    }
}

#[test]
fn what_had_paid_a_debt_is_owed_again_and_paid_with_what_there_is() {
    let mut book = Book::default();
    let first = book.post(at(0), &[wish(&ISSUE, &player("a"), 30, Lapse::Never)]).unwrap();
    book.post(at(0), &[wish(&player("a"), &INCOME, 30, Lapse::Never)]).unwrap();
    book.take_back(at(1), &[owed(&first)]).unwrap();
    let second = book.post(at(2), &[wish(&ISSUE, &player("a"), 50, Lapse::Never)]).unwrap();
    book.post(at(2), &[wish(&ISSUE, &player("a"), 12, lapse(9))]).unwrap();
    assert_eq!(has(&book), [32, 0]);
    book.take_back(at(3), &[owed(&second)]).unwrap();
    assert_eq!((has(&book), lots(&book)), ([0, -18], vec![]));
}

#[derive(Debug, Clone)]
enum Step {
    Post(Vec<(usize, usize, i64, i64)>),
    TakeBack {
        posting: usize,
        amount: i64,
        is_loss: bool,
    },
    Hold(i64),
    /// Of the open holds one, and how much is taken of it, or as much as it holds.
    EndHold(usize, i64),
    /// Of the holds that were taken one, which is voided.
    VoidHold(usize),
    Lapse,
    Later(i64),
}

fn accounts() -> [Account; 9] {
    let (campaign, prize) = ("spring".parse().unwrap(), "phone".parse().unwrap());
    let held = Account::Held("a".parse().unwrap());
    let budget = Account::Budget("spring".parse().unwrap());
    [ISSUE, INCOME, player("a"), player("b"), debt("a"), debt("b"), held, budget, Account::Prize(campaign, prize)]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    // Debts come about by taking back, and are never wished for.
    let end = || prop::sample::select(vec![0, 1, 2, 3, 6, 7, 8]);
    let wish = (end(), end(), 1..20i64, 0..6i64);
    let step = prop_oneof![
        4 => prop::collection::vec(wish, 1..4).prop_map(Step::Post),
        2 => (0..50usize, 1..20i64, any::<bool>()).prop_map(|(posting, amount, is_loss)| Step::TakeBack { posting, amount, is_loss }),
        2 => (1..20i64).prop_map(Step::Hold),
        2 => (0..9usize, 0..20i64).prop_map(|(hold, taken)| Step::EndHold(hold, taken)),
        1 => (0..9usize).prop_map(Step::VoidHold),
        1 => Just(Step::Lapse),
        1 => (1..3i64).prop_map(Step::Later),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    /// Whatever is posted, taken back, held and lapses: the sum stays 0, no account is what it may not be, a player's lots are their
    /// balance, who owes has nothing to spend, and what is refused leaves no trace.
    #[test]
    fn books_balance(steps in steps()) {
        let accounts = accounts();
        let (mut book, mut now) = (Book::default(), 0);
        let mut made: Vec<(Vec<Transfer>, i64)> = Vec::new();
        let mut held: Vec<(Hold, Vec<Transfer>)> = Vec::new();
        let mut spent: Vec<(Hold, Vec<Transfer>, i64)> = Vec::new();
        for step in steps {
            let before = book.clone().changes();
            match step {
                Step::Later(days) => now += days,
                Step::Post(wishes) => {
                    let wishes: Vec<_> = wishes.into_iter().filter(|(from, to, ..)| from != to).map(|(from, to, amount, lasts)| {
                        let lapse = if lasts == 0 { Lapse::Never } else { lapse(now + lasts) };
                        wish(&accounts[from], &accounts[to], amount, lapse)
                    }).collect();
                    let wanted: i64 = wishes.iter().map(|wish| wish.amount).sum();
                    if let Ok(transfers) = book.post(at(now), &wishes) {
                        prop_assert_eq!(transfers.iter().map(|transfer| transfer.amount).sum::<i64>(), wanted);
                        made.push((transfers, 0));
                    } else {
                        prop_assert_eq!(book.clone().changes(), before);
                    }
                }
                Step::TakeBack { posting, amount, is_loss } if !made.is_empty() => {
                    let number = posting % made.len();
                    let (transfers, so_far) = &mut made[number];
                    let amount = amount.min(transfers.iter().map(|transfer| transfer.amount).sum::<i64>() - *so_far);
                    let shortfall = if is_loss { Shortfall::Loss } else { Shortfall::Debt };
                    let wish = TakeBack { made: transfers, so_far: *so_far, amount, shortfall };
                    if let Ok(back) = book.take_back(at(now), &[wish]) {
                        // What had lapsed is brought back first, and what comes back to a player pays what they owe.
                        let pays = |transfer: &Transfer| {
                            matches!((&transfer.from, &transfer.to), (Account::Player(_), Account::Debt(_)))
                        };
                        let lapsed = Account::House(House::Lapsed);
                        let back = back.iter().filter(|transfer| transfer.from != lapsed && !pays(transfer));
                        prop_assert_eq!(back.map(|transfer| transfer.amount).sum::<i64>(), amount);
                        *so_far += amount;
                    } else {
                        prop_assert_eq!(book.clone().changes(), before);
                    }
                }
                Step::Hold(amount) => {
                    if let Ok(transfers) = book.hold(at(now), &hold(amount)) {
                        held.push((hold(amount), transfers));
                    } else {
                        prop_assert_eq!(book.clone().changes(), before);
                    }
                }
                Step::EndHold(number, taken) if !held.is_empty() => {
                    let number = number % held.len();
                    let (hold, made) = &held[number];
                    if let Ok(ended) = book.end_hold(at(now), hold, made, taken.min(hold.amount)) {
                        let ends = ended.iter().filter(|transfer| matches!(transfer.from, Account::Held(_)));
                        prop_assert_eq!(ends.map(|transfer| transfer.amount).sum::<i64>(), hold.amount);
                        let (hold, made) = held.swap_remove(number);
                        let taken = taken.min(hold.amount);
                        if taken > 0 {
                            spent.push((hold, made, taken));
                        }
                    } else {
                        prop_assert_eq!(book.clone().changes(), before);
                    }
                }
                Step::VoidHold(number) if !spent.is_empty() => {
                    let (hold, made, taken) = spent.swap_remove(number % spent.len());
                    let income = Account::House(House::Income);
                    let had = book.balance(&income, &unit());
                    // Somebody may have moved the income elsewhere.
                    if book.void_hold(at(now), &hold, &made, taken).is_ok() {
                        prop_assert_eq!(had - book.balance(&income, &unit()), taken);
                    } else {
                        prop_assert!(had < taken);
                        prop_assert_eq!(book.clone().changes(), before);
                    }
                }
                Step::Lapse => for name in ["a", "b"] {
                    let id = name.parse().unwrap();
                    book.lapse(at(now), &id, &unit()).unwrap();
                    let Changes { lots, .. } = book.clone().changes();
                    let left = lots.iter().filter(|((owner, _, lapse), _)| *owner == id && !lapse.is_after(at(now)));
                    prop_assert_eq!(left.map(|(_, left)| left).sum::<i64>(), 0);
                },
                Step::TakeBack { .. } | Step::EndHold(..) | Step::VoidHold(_) => {}
            }
            let Changes { balances, lots } = book.clone().changes();
            prop_assert_eq!(balances.values().sum::<i64>(), 0);
            for ((account, _), balance) in &balances {
                prop_assert!(account.allows(*balance), "{account:?} has {balance}");
                if let Account::Player(player) = account {
                    let in_lots: i64 = lots.iter().filter(|((owner, ..), _)| owner == player).map(|(_, left)| left).sum();
                    prop_assert_eq!(in_lots, *balance);
                    prop_assert!(lots.values().all(|left| *left >= 0));
                    let owes = book.balance(&Account::Debt(player.clone()), &unit()) < 0;
                    prop_assert!(!owes || book.spendable(account, &unit(), at(now)) == 0, "{account:?} owes and can spend");
                }
            }
        }
    }
}
