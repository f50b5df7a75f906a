//! Awards that are voided: nobody delivers them, and what they brought is taken back.

use std::sync::Arc;

use tombola_domain::award::State;
use tombola_domain::draw::Verdict;
use tombola_domain::id::AwardId;
use tombola_domain::ledger::{Account, House, Lapse, Lifetime, Wish as Transfer};
use tombola_domain::receipt::Receipt;
use tombola_domain::stock::Token;
use tombola_domain::task::Queue;

use super::Backend;
use super::adjustments::adjust;
use super::budgets::{fund, left as left_in_budget};
use super::event_wish::{decided, event, has, left, points, prize};
use super::fixture::{draw, minute, operation, publish, set_up, stock_of, wish};
use crate::awards::{Attempts, InHouse, Move, Moved};
use crate::draws::Draw;
use crate::ledger::{NewPosting, Shortfalls, Unit, Why};
use crate::outbox::{Claim, Ending};
use crate::sweep::Sweep;
use crate::{Operation, Store};

async fn win(store: &Arc<dyn Store>, activation: u64, key: &str, prize: &str) -> AwardId {
    let won = draw(store, activation, &wish("p", key).unlimited(prize).amount(5)).await.unwrap();
    AwardId::of_draw(&won.id)
}

pub(super) async fn voided(store: &Arc<dyn Store>, award: &AwardId) -> Moved {
    to(store, award, State::Voided).await
}

async fn to(store: &Arc<dyn Store>, award: &AwardId, to: State) -> Moved {
    let moves = [Move { award: award.clone(), to }];
    store.move_awards(&set_up(), &moves, &[], &Shortfalls::default()).await.unwrap().result[0]
}

pub(super) async fn state(store: &Arc<dyn Store>, award: &AwardId) -> (State, Option<Attempts>) {
    let history = store.award(award).await.unwrap().unwrap();
    (history.award.state, history.attempts)
}

pub(super) async fn spend(store: &Arc<dyn Store>, player: &str, amount: i64) {
    let (from, to) = (Account::Player(player.parse().unwrap()), Account::House(House::Income));
    let wishes = vec![Transfer { unit: "points".parse().unwrap(), from, to, amount, lapse: Lapse::Never }];
    let (player, key) = (Some(player.parse().unwrap()), format!("spent:{amount}").parse().unwrap());
    let posting = NewPosting { player, key, why: Why::Order, wishes, at: minute(3) };
    store.post(vec![posting]).await.unwrap().pop().unwrap().unwrap();
}

pub(super) async fn owes(store: &Arc<dyn Store>, player: &str) -> i64 {
    let balances = store.balances(&player.parse().unwrap(), minute(9)).await.unwrap();
    balances.iter().map(|balance| balance.owed).sum()
}

/// Also one that was only told of. Its task goes, or its dead letter, and nothing leads out of it.
pub async fn an_award_of_any_state_is_voided_for_good(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let cases = [
        ("mug", State::Delivered),
        ("hamper", State::ToDo),
        ("hook-crm", State::Pending),
        ("chances", State::Pending),
        ("coins", State::Pending),
        ("points", State::Delivered),
    ];
    for (prize, before) in cases {
        let award = win(&store, activation, prize, prize).await;
        assert_eq!(voided(&store, &award).await, Moved::From(before), "{prize}");
        assert_eq!(voided(&store, &award).await, Moved::Unchanged, "{prize}");
        assert_eq!(state(&store, &award).await, (State::Voided, None), "{prize}");
        for next in State::ALL.into_iter().filter(|next| *next != State::Voided) {
            assert_eq!(to(&store, &award, next).await, Moved::Refused(State::Voided), "{prize} to {next}");
        }
    }
    assert_eq!(store.due_queues(minute(9)).await.unwrap(), []);
    assert_eq!(store.deliver_in_house(InHouse::Points, minute(9), 9).await.unwrap().delivered, 0);
    // Coins are no unit here, so that the award fails, and has a dead letter that goes with it.
    let failed = win(&store, activation, "f", "coins").await;
    store.deliver_in_house(InHouse::Points, minute(2), 9).await.unwrap();
    assert_eq!(store.load(&Queue::Points).await.unwrap().dead, 1);
    assert_eq!(voided(&store, &failed).await, Moved::From(State::Failed));
    assert_eq!(
        (state(&store, &failed).await, store.load(&Queue::Points).await.unwrap().dead),
        ((State::Voided, None), 0)
    );
}

/// Once, for who comes next, under a token that no unit had; what was handed over is gone.
pub async fn a_voided_award_gives_its_unit_back(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("hamper", 1), ("mug", 1)]).await.activation;
    let first = draw(&store, activation, &wish("p", "1").stocked("hamper")).await.unwrap();
    let nothing = draw(&store, activation, &wish("q", "1").stocked("hamper")).await.unwrap();
    assert_eq!(nothing.won, None);
    let mark = stock_of(&store, "hamper").await.mark;
    assert_eq!(voided(&store, &AwardId::of_draw(&first.id)).await, Moved::From(State::ToDo));
    let level = stock_of(&store, "hamper").await;
    assert_eq!((level.stock, level.issued, level.mark.sold_out), (2, 1, false));
    assert_eq!(level.mark.version, mark.version + 1);
    let second = draw(&store, activation, &wish("q", "2").stocked("hamper")).await.unwrap();
    assert_eq!([token(&store, &first).await, token(&store, &second).await], [1, 2]);
    assert_eq!(voided(&store, &AwardId::of_draw(&first.id)).await, Moved::Unchanged);
    assert_eq!(stock_of(&store, "hamper").await.stock, 2);

    let mug = event("p", "e").gives("spring", &[points(1), prize("mug", true), prize("hamper", false)]);
    let rebate = decided(&mug.report(&store, activation).await.unwrap(), "spring");
    for (place, before) in [(1, State::Delivered), (2, State::ToDo)] {
        assert_eq!(voided(&store, &AwardId::of_rebate(&rebate.id, place)).await, Moved::From(before));
    }
    assert_eq!((stock_of(&store, "mug").await.stock, stock_of(&store, "hamper").await.stock), (1, 2));
}

async fn token(store: &Arc<dyn Store>, draw: &Draw) -> u64 {
    let receipt = store.receipt(&draw.id).await.unwrap().unwrap();
    match Receipt::decode(&receipt.bytes).unwrap().granted().unwrap().verdict {
        Verdict::Granted(Some(Token { unit, .. })) => unit,
        other => panic!("no token: {other:?}"),
    }
}

/// Points to the house, and of the chances those that are left.
pub async fn a_voided_award_takes_back_what_it_brought(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let (gold, more) = (win(&store, activation, "1", "points").await, win(&store, activation, "2", "chances").await);
    let before = left(&store, "p").await.unwrap();
    store.deliver_in_house(InHouse::Chances, minute(2), 9).await.unwrap();
    assert_eq!((has(&store, "p").await, left(&store, "p").await), (5, Some(before + 15)));
    assert_eq!(voided(&store, &gold).await, Moved::From(State::Delivered));
    assert_eq!(voided(&store, &more).await, Moved::From(State::Delivered));
    assert_eq!((has(&store, "p").await, owes(&store, "p").await, left(&store, "p").await), (0, 0, Some(before)));
    let line = &store.statement(&"p".parse().unwrap(), &"points".parse().unwrap(), None, 1).await.unwrap()[0];
    assert_eq!((line.why, line.transfer.amount), (Why::Reversal, 5));
    assert_eq!(store.prove().await.unwrap(), []);
}

/// What of it has lapsed is gone already, and nothing else is taken for it.
pub async fn what_lapsed_of_an_award_is_not_taken_twice(backend: &impl Backend) {
    let store = backend.open().await;
    let unit = Unit { name: "points".parse().unwrap(), title: "Points".to_owned(), lifetime: Lifetime::new(1).ok() };
    store.put_unit(&set_up(), &unit).await.unwrap();
    let activation = publish(&store, &[]).await.activation;
    let award = win(&store, activation, "1", "points").await;
    store.deliver_in_house(InHouse::Points, minute(2), 9).await.unwrap();
    adjust(&store, "p", "1", 7, Lapse::Never).await;
    spend(&store, "p", 2).await;
    let later = Operation { at: minute(3 * 1440), ..set_up() };
    assert_eq!(store.lapse(&Sweep::first(later.at, 9)).await.unwrap().cleared, 1);
    let moves = [Move { award, to: State::Voided }];
    store.move_awards(&later, &moves, &[], &Shortfalls::default()).await.unwrap();
    assert_eq!((has(&store, "p").await, owes(&store, "p").await), (5, 0));
    assert_eq!(store.prove().await.unwrap(), []);
}

/// As its campaign says. What comes in next pays a debt.
pub async fn what_was_spent_is_owed_or_lost(backend: &impl Backend) {
    for is_lost in [false, true] {
        let store = backend.open().await;
        let activation = publish(&store, &[]).await.activation;
        let key = is_lost.to_string();
        let won = draw(&store, activation, &wish(&key, "1").unlimited("points").amount(5)).await.unwrap();
        spend(&store, &key, 4).await;
        let shortfalls = Shortfalls::borne_in(is_lost.then(|| won.campaign.clone()));
        let moves = [Move { award: AwardId::of_draw(&won.id), to: State::Voided }];
        store.move_awards(&set_up(), &moves, &[], &shortfalls).await.unwrap();
        assert_eq!((has(&store, &key).await, owes(&store, &key).await), (0, if is_lost { 0 } else { 4 }));
        let next = draw(&store, activation, &wish(&key, "2").unlimited("points").amount(5)).await.unwrap();
        assert_eq!((has(&store, &key).await, owes(&store, &key).await), (if is_lost { 5 } else { 1 }, 0));
        assert_eq!(store.prove().await.unwrap(), []);
        // What paid a debt is owed again.
        let moves = [Move { award: AwardId::of_draw(&next.id), to: State::Voided }];
        store.move_awards(&set_up(), &moves, &[], &shortfalls).await.unwrap();
        assert_eq!((has(&store, &key).await, owes(&store, &key).await), (0, if is_lost { 0 } else { 4 }));
        assert_eq!(store.prove().await.unwrap(), []);
    }
}

/// Whoever delivers it meanwhile is told that it is not theirs any more.
pub async fn a_claim_on_a_voided_award_ends_nothing(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let award = win(&store, activation, "1", "hook-crm").await;
    let (owner, queue) = ("host".to_owned(), "webhook/crm".parse().unwrap());
    let claim = Claim { queue, owner, now: minute(2), until: minute(5), limit: 99 };
    let mut tasks = store.claim_tasks(&claim).await.unwrap();
    assert_eq!(voided(&store, &award).await, Moved::From(State::Pending));
    for ending in [Ending::Done, Ending::Dead { reason: "answered 410".to_owned() }, Ending::Returned] {
        assert_eq!(store.end_tasks(&[(tasks[0].clone(), ending)], minute(3)).await.unwrap(), [false]);
    }
    assert_eq!(tasks.pop().map(|task| task.number), Some(1));
    assert_eq!(state(&store, &award).await, (State::Voided, None));
    assert_eq!(store.claim_tasks(&Claim { now: minute(9), until: minute(12), ..claim }).await.unwrap(), []);
}

/// A receiver may have heeded a message that nobody answered, whatever became of its task since: given up, tried again, given back, or left
/// behind by a host that died. Neither its unit nor what it cost is there for others.
pub async fn what_a_message_may_have_brought_goes_to_nobody_else(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("hook-crm", 5)]).await.activation;
    fund(&store, 50).await;
    let mut awards = Vec::new();
    for key in ["1", "2", "3", "4", "5"] {
        let won = draw(&store, activation, &wish("p", key).stocked("hook-crm").costing(10)).await.unwrap();
        awards.push(AwardId::of_draw(&won.id));
    }
    let claim = |at, limit| Claim {
        queue: "webhook/crm".parse().unwrap(),
        owner: "host".to_owned(),
        now: minute(at),
        until: minute(at + 3),
        limit,
    };
    let tasks = store.claim_tasks(&claim(2, 4)).await.unwrap();
    let dead = || Ending::Dead { reason: "answered 500".to_owned() };
    let again = Ending::Again { due: minute(3), reason: "answered 500".to_owned() };
    let ends = [(tasks[0].clone(), dead()), (tasks[1].clone(), dead()), (tasks[2].clone(), again)];
    assert_eq!(store.end_tasks(&ends, minute(3)).await.unwrap(), [true; 3]);
    // One of these was never tried.
    let returned = store.claim_tasks(&claim(3, 2)).await.unwrap().into_iter().map(|task| (task, Ending::Returned));
    assert_eq!(store.end_tasks(&returned.collect::<Vec<_>>(), minute(3)).await.unwrap(), [true; 2]);
    assert_eq!(to(&store, &awards[1], State::Pending).await, Moved::From(State::Failed));
    drop(store);
    let store = backend.open().await;
    for award in &awards[..4] {
        voided(&store, award).await;
        assert_eq!((stock_of(&store, "hook-crm").await.stock, left_in_budget(&store).await), (5, 0), "{award}");
    }
    voided(&store, &awards[4]).await;
    assert_eq!((stock_of(&store, "hook-crm").await.stock, left_in_budget(&store).await), (6, 10));
    assert_eq!(store.prove().await.unwrap(), []);
}

/// What people say that they handed over in the host's place is with its player, and so is what it cost.
pub async fn what_people_handed_over_stays_paid(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    fund(&store, 20).await;
    // Of a unit that nobody declared.
    let won = draw(&store, activation, &wish("p", "1").unlimited("coins").costing(20)).await.unwrap();
    let award = AwardId::of_draw(&won.id);
    store.deliver_in_house(InHouse::Points, minute(2), 9).await.unwrap();
    assert_eq!(to(&store, &award, State::Delivered).await, Moved::From(State::Failed));
    assert_eq!(voided(&store, &award).await, Moved::From(State::Delivered));
    assert_eq!(left_in_budget(&store).await, 0);
    assert_eq!(store.prove().await.unwrap(), []);
}

/// The same key and request: the same answer.
pub async fn a_repeated_void_does_nothing(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let award = win(&store, activation, "1", "points").await;
    let moves = [Move { award, to: State::Voided }];
    let made = async || store.move_awards(&operation("key", "a"), &moves, &[], &Shortfalls::default()).await.unwrap();
    let (first, again) = (made().await, made().await);
    assert_eq!((&first.result, first.replayed, again.replayed), (&again.result, false, true));
    assert_eq!((has(&store, "p").await, owes(&store, "p").await), (0, 0));
    assert_eq!(store.prove().await.unwrap(), []);
}
