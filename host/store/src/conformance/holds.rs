//! Holds: what is set aside comes back or is taken, once, and nothing of it is ever in two places.

use std::sync::Arc;

use tombola_domain::digest::Digest;
use tombola_domain::hold::{End, Ended, Hold, OPEN_MAX, Refused as NotEnded, Wish, hold_id};
use tombola_domain::id::{HoldId, PlayerId, UnitName};
use tombola_domain::ledger::{Account, House, Lapse, Refused, Wish as Transferred};
use tombola_domain::random::{Seed, Stream};
use tombola_domain::time::Timestamp;

use super::Backend;
use super::fixture::{minute, set_up};
use crate::Store;
use crate::holds::{Changed, HoldChange, HoldEnd, NewHold, NotChanged};
use crate::ledger::{NewPosting, NotPosted, Unit, Why};
use crate::sweep::Sweep;

fn id(player: &str) -> PlayerId {
    player.parse().unwrap()
}

fn points() -> UnitName {
    "points".parse().unwrap()
}

/// A store in which these players have so many points each, by when they lapse.
pub(super) async fn rich(backend: &impl Backend, players: &[&str], lots: &[(i64, Lapse)]) -> Arc<dyn Store> {
    let store = backend.open().await;
    store.put_unit(&set_up(), &Unit { name: points(), title: "Points".to_owned(), lifetime: None }).await.unwrap();
    let earned = players.iter().map(|player| {
        let gain = |(amount, lapse): &(i64, Lapse)| Transferred {
            unit: points(),
            from: Account::House(House::Issue),
            to: Account::Player(id(player)),
            amount: *amount,
            lapse: *lapse,
        };
        let (player, key, wishes) = (Some(id(player)), "earned".parse().unwrap(), lots.iter().map(gain).collect());
        NewPosting { player, key, why: Why::Reward, wishes, at: minute(0) }
    });
    store.post(earned.collect()).await.unwrap();
    store
}

/// From minute 1 to minute 10.
pub(super) fn new(player: &str, key: &str, amount: i64) -> NewHold {
    let secret = *Digest::of(format!("{player}/{key}/{amount}").as_bytes()).as_bytes().first_chunk().unwrap();
    let hold = Hold {
        id: hold_id(&id(player), &secret, minute(1)),
        player: id(player),
        unit: points(),
        amount,
        held_at: minute(1),
        expires_at: minute(10),
        ended: None,
        voided_at: None,
    };
    NewHold { hold, key: key.parse().unwrap(), request: Digest::of(&amount.to_be_bytes()) }
}

async fn change(store: &Arc<dyn Store>, change: HoldChange) -> Result<Changed, NotChanged> {
    store.change_holds(&[change]).await.unwrap().pop().unwrap()
}

pub(super) async fn place(store: &Arc<dyn Store>, new: &NewHold) -> Result<Changed, NotChanged> {
    change(store, HoldChange::Place(new.clone())).await
}

pub(super) async fn end(store: &Arc<dyn Store>, hold: &Hold, wish: Wish, at: Timestamp) -> Result<Changed, NotChanged> {
    change(store, HoldChange::End(ending(&hold.player, &hold.id, wish, at))).await
}

pub(super) fn ending(player: &PlayerId, id: &HoldId, wish: Wish, at: Timestamp) -> HoldEnd {
    HoldEnd { player: player.clone(), id: id.clone(), wish, at }
}

/// What a player can spend, by when it lapses, and what is set aside.
pub(super) async fn has(store: &Arc<dyn Store>, player: &str, at: Timestamp) -> (Vec<(Lapse, i64)>, i64) {
    let balance = store.balances(&id(player), at).await.unwrap().pop();
    balance.map(|balance| (balance.lots, balance.held)).unwrap_or_default()
}

/// Out of what lapses soonest; and it is found by its key and its name, by nobody but its player.
pub async fn a_hold_sets_aside_what_lapses_soonest(backend: &impl Backend) {
    let soon = Lapse::At(minute(100));
    let store = rich(backend, &["p"], &[(5, Lapse::Never), (5, soon)]).await;
    let new = new("p", "1", 7);
    assert_eq!(place(&store, &new).await, Ok(Changed { hold: new.hold.clone(), replayed: false }));
    assert_eq!(has(&store, "p", minute(1)).await, (vec![(Lapse::Never, 3)], 7));
    assert_eq!(store.hold(&id("p"), &new.hold.id).await.unwrap(), Some(new.hold.clone()));
    assert_eq!(store.hold(&id("q"), &new.hold.id).await.unwrap(), None);
    assert_eq!(store.hold_of_key(&id("p"), &new.key).await.unwrap(), Some((new.hold.clone(), new.request)));
    assert_eq!(store.hold_of_key(&id("q"), &new.key).await.unwrap(), None);
    let line = &store.statement(&id("p"), &points(), None, 1).await.unwrap()[0];
    assert_eq!((line.why, line.at, line.transfer.amount), (Why::Hold, minute(1), 7));
    let foreign = change(&store, HoldChange::End(ending(&id("q"), &new.hold.id, Wish::Release, minute(2)))).await;
    assert_eq!(foreign, Err(NotChanged::Unknown));
    assert_eq!(store.prove().await.unwrap(), []);
}

/// Also twice in one batch, and once it has ended.
pub async fn a_repeated_hold_does_nothing(backend: &impl Backend) {
    let store = rich(backend, &["p"], &[(10, Lapse::Never)]).await;
    let first = new("p", "1", 4);
    // Each request makes up a hold anew; the one that was placed is answered.
    let mut again = first.clone();
    again.hold.id = hold_id(&id("p"), &[7; 16], minute(2));
    let batch = [&first, &again].map(|new| HoldChange::Place(new.clone()));
    let answers = store.change_holds(&batch).await.unwrap();
    assert_eq!(answers[1], Ok(Changed { hold: first.hold.clone(), replayed: true }));
    assert_eq!(place(&store, &again).await, Ok(Changed { hold: first.hold.clone(), replayed: true }));
    assert_eq!(place(&store, &new("p", "1", 5)).await, Err(NotChanged::KeyReused));
    let taken = end(&store, &first.hold, Wish::Take(None), minute(2)).await.unwrap();
    assert_eq!(place(&store, &again).await, Ok(Changed { hold: taken.hold, replayed: true }));
    assert_eq!(has(&store, "p", minute(2)).await, (vec![(Lapse::Never, 6)], 0));
}

/// Whoever else is in the same batch.
pub async fn what_can_t_be_held_changes_nothing(backend: &impl Backend) {
    let store = rich(backend, &["p"], &[(3, Lapse::At(minute(1))), (10, Lapse::Never)]).await;
    let mut gold = new("p", "gold", 1);
    gold.hold.unit = "gold".parse().unwrap();
    let batch = [new("p", "much", 11), gold, new("p", "all", 10), new("p", "one", 1)];
    let answers = store.change_holds(&batch.map(HoldChange::Place)).await.unwrap();
    let short = |left, wanted| {
        let refused = Refused::Short { unit: points(), account: Account::Player(id("p")), left, wanted };
        Some(NotChanged::NotPosted(NotPosted::Refused(refused)))
    };
    let unknown = Some(NotPosted::UnknownUnit("gold".parse().unwrap()).into());
    let refused: Vec<_> = answers.into_iter().map(Result::err).collect();
    assert_eq!(refused, [short(10, 11), unknown, None, short(0, 1)], "what has lapsed is not held");
    assert_eq!(has(&store, "p", minute(1)).await, (vec![], 10));
}

/// What is left is given back in the same posting, to where it came from: what is spent is what lapses soonest.
pub async fn a_hold_is_taken_once(backend: &impl Backend) {
    let soon = Lapse::At(minute(100));
    let store = rich(backend, &["p"], &[(5, Lapse::Never), (5, soon)]).await;
    let part = new("p", "1", 8).hold;
    place(&store, &new("p", "1", 8)).await.unwrap();
    let exceeded = end(&store, &part, Wish::Take(Some(9)), minute(2)).await;
    assert_eq!(exceeded, Err(NotEnded::Exceeded { held: 8, wanted: 9 }.into()));
    let ended = Ended { how: End::Taken(4), at: minute(2) };
    let taken = end(&store, &part, Wish::Take(Some(4)), minute(2)).await.unwrap();
    assert_eq!(taken, Changed { hold: Hold { ended: Some(ended), ..part.clone() }, replayed: false });
    assert_eq!(has(&store, "p", minute(2)).await, (vec![(soon, 1), (Lapse::Never, 5)], 0));
    let again = end(&store, &part, Wish::Take(Some(4)), minute(99)).await.unwrap();
    assert_eq!(again, Changed { replayed: true, ..taken.clone() });
    for other in [Wish::Take(None), Wish::Release] {
        assert_eq!(end(&store, &part, other, minute(3)).await, Err(NotEnded::Ended(ended).into()));
    }
    let lines = store.statement(&id("p"), &points(), None, 3).await.unwrap();
    let lines: Vec<_> = lines.into_iter().map(|line| (line.why, line.transfer.amount, line.transfer.to)).collect();
    let (player, held) = (Account::Player(id("p")), Account::Held(id("p")));
    let income = Account::House(House::Income);
    assert_eq!(lines, [(Why::Capture, 4, player), (Why::Capture, 4, income), (Why::Hold, 8, held)]);
    assert_eq!(store.hold(&id("p"), &part.id).await.unwrap(), Some(taken.hold));
    assert_eq!(store.prove().await.unwrap(), []);
}

/// What has lapsed meanwhile comes back as lapsed.
pub async fn a_released_hold_comes_back_to_its_lots(backend: &impl Backend) {
    let soon = Lapse::At(minute(5));
    let store = rich(backend, &["p"], &[(5, Lapse::Never), (5, soon)]).await;
    let hold = new("p", "1", 8).hold;
    place(&store, &new("p", "1", 8)).await.unwrap();
    assert_eq!(store.lapse(&Sweep::first(minute(5), 9)).await.unwrap().cleared, 0, "what is held does not lapse");
    let released = end(&store, &hold, Wish::Release, minute(5)).await.unwrap();
    let ended = Ended { how: End::Released, at: minute(5) };
    assert_eq!((released.hold.ended, released.replayed), (Some(ended), false));
    assert!(end(&store, &hold, Wish::Release, minute(6)).await.unwrap().replayed);
    let refused = end(&store, &hold, Wish::Take(None), minute(6)).await;
    assert_eq!(refused, Err(NotEnded::Ended(ended).into()));
    assert_eq!(has(&store, "p", minute(6)).await, (vec![(Lapse::Never, 5)], 0));
    assert_eq!(store.lapse(&Sweep::first(minute(6), 9)).await.unwrap().cleared, 1);
    let lines = store.statement(&id("p"), &points(), None, 3).await.unwrap();
    let lines: Vec<_> = lines.iter().map(|line| (line.why, line.transfer.amount)).collect();
    assert_eq!(lines, [(Why::Lapse, 5), (Why::Release, 8), (Why::Hold, 8)]);
    assert_eq!(store.prove().await.unwrap(), []);
}

/// So many at a time; and from its moment on it can't be taken, cleared away or not.
pub async fn an_expired_hold_comes_back_by_itself(backend: &impl Backend) {
    let store = rich(backend, &["p", "q"], &[(10, Lapse::Never)]).await;
    let (holds, mut late) = ([new("p", "1", 3), new("p", "2", 4), new("q", "1", 5)], new("q", "2", 1));
    late.hold.expires_at = minute(20);
    for new in holds.iter().chain([&late]) {
        place(&store, new).await.unwrap();
    }
    assert_eq!(store.expire_holds(&Sweep::first(minute(9), 9)).await.unwrap().cleared, 0);
    let expired = Ended { how: End::Expired, at: minute(10) };
    for wish in [Wish::Take(None), Wish::Release] {
        assert_eq!(end(&store, &holds[0].hold, wish, minute(10)).await, Err(NotEnded::Ended(expired).into()));
    }
    assert_eq!(has(&store, "p", minute(10)).await.1, 7);
    for expected in [2, 1, 0] {
        assert_eq!(store.expire_holds(&Sweep::first(minute(11), 2)).await.unwrap().cleared, expected);
    }
    assert_eq!(has(&store, "p", minute(11)).await, (vec![(Lapse::Never, 10)], 0));
    assert_eq!(has(&store, "q", minute(11)).await, (vec![(Lapse::Never, 9)], 1));
    let kept = store.hold(&id("p"), &holds[0].hold.id).await.unwrap().unwrap();
    assert_eq!(kept.ended, Some(expired));
    let refused = end(&store, &holds[0].hold, Wish::Take(None), minute(11)).await;
    assert_eq!(refused, Err(NotEnded::Ended(expired).into()));
    assert_eq!(store.prove().await.unwrap(), []);
}

/// So that neither the units nor the places of what has expired are missing.
pub async fn who_holds_anew_gets_back_what_has_expired(backend: &impl Backend) {
    let store = rich(backend, &["p", "q"], &[(100, Lapse::Never)]).await;
    let all: Vec<_> = (0..OPEN_MAX).map(|number| HoldChange::Place(new("p", &number.to_string(), 1))).collect();
    assert!(store.change_holds(&all).await.unwrap().iter().all(Result::is_ok));
    assert_eq!(place(&store, &new("p", "more", 1)).await, Err(NotChanged::TooMany));
    assert!(place(&store, &new("q", "more", 1)).await.is_ok(), "others have places of their own");
    let mut later = new("p", "later", 100);
    (later.hold.held_at, later.hold.expires_at) = (minute(10), minute(20));
    assert!(place(&store, &later).await.is_ok());
    assert_eq!((has(&store, "p", minute(10)).await, has(&store, "q", minute(10)).await.1), ((vec![], 100), 1));
    assert_eq!(
        store.expire_holds(&Sweep::first(minute(10), 999)).await.unwrap().cleared,
        1,
        "that of the other player"
    );
    // A place is free once a hold has ended.
    end(&store, &later.hold, Wish::Take(Some(1)), minute(11)).await.unwrap();
    assert_eq!(store.prove().await.unwrap(), []);
}

/// 8 who take, 8 who release and 8 who clear away what has expired, all at once: of each hold one of them wins.
pub async fn of_racing_ends_one_wins(backend: &impl Backend) {
    const HOLDS: usize = 20;
    let store = rich(backend, &["p"], &[(1_000, Lapse::Never)]).await;
    let holds: Vec<_> = (0..HOLDS).map(|number| new("p", &number.to_string(), 10)).collect();
    for new in &holds {
        place(&store, new).await.unwrap();
    }
    let tasks: Vec<_> = (0..24)
        .map(|task| {
            let (store, holds) = (Arc::clone(&store), holds.clone());
            tokio::spawn(async move {
                let mut won = (0, 0);
                for new in &holds {
                    match task % 3 {
                        // Their clocks say that it is not over yet, that of the others that it is.
                        0 => won.0 += i64::from(is_new(end(&store, &new.hold, Wish::Take(Some(7)), minute(9)).await)),
                        1 => won.1 += i64::from(is_new(end(&store, &new.hold, Wish::Release, minute(9)).await)),
                        _ => {
                            let swept = store.expire_holds(&Sweep::first(minute(10), 1)).await.unwrap();
                            won.1 += i64::try_from(swept.cleared).unwrap();
                        }
                    }
                }
                won
            })
        })
        .collect();
    let (mut taken, mut back) = (0, 0);
    for task in tasks {
        let won = task.await.unwrap();
        (taken, back) = (taken + won.0, back + won.1);
    }
    assert_eq!(taken + back, i64::try_from(HOLDS).unwrap());
    assert_eq!(has(&store, "p", minute(10)).await, (vec![(Lapse::Never, 1_000 - 7 * taken)], 0));
    assert_eq!(store.prove().await.unwrap(), []);
}

fn is_new(ended: Result<Changed, NotChanged>) -> bool {
    ended.is_ok_and(|ended| !ended.replayed)
}

/// With its key, its state and all that it needs to end.
pub async fn holds_are_there_after_reopening(backend: &impl Backend) {
    let store = rich(backend, &["p"], &[(10, Lapse::Never)]).await;
    let (open, taken) = (new("p", "1", 4), new("p", "2", 5));
    place(&store, &open).await.unwrap();
    place(&store, &taken).await.unwrap();
    end(&store, &taken.hold, Wish::Take(Some(1)), minute(2)).await.unwrap();
    drop(store);
    let store = backend.open().await;
    assert!(place(&store, &open).await.unwrap().replayed);
    assert!(end(&store, &taken.hold, Wish::Take(Some(1)), minute(3)).await.unwrap().replayed);
    assert_eq!(has(&store, "p", minute(3)).await, (vec![(Lapse::Never, 5)], 4));
    let other = new("p", "3", 5);
    place(&store, &other).await.unwrap();
    end(&store, &other.hold, Wish::Release, minute(3)).await.unwrap();
    assert_eq!(has(&store, "p", minute(3)).await, (vec![(Lapse::Never, 5)], 4));
}

/// Whatever comes in, is spent, lapses, is set aside and ends, in whatever order and batches: the books hold after each step.
pub async fn random_holds_keep_the_books(backend: &impl Backend) {
    const STEPS: i64 = 120;
    let store = rich(backend, &["p", "q"], &[(40, Lapse::Never), (30, Lapse::At(minute(30)))]).await;
    let mut chance = Seed::from_bytes([3; 32]).stream("holds");
    let mut placed: Vec<Hold> = Vec::new();
    for step in 0..STEPS {
        let now = minute(1 + step / 2);
        match chance.below(6) {
            0 => {
                store.expire_holds(&Sweep::first(now, 3)).await.unwrap();
            }
            1 => {
                store.lapse(&Sweep::first(now, 1)).await.unwrap();
            }
            2 => {
                // What is to be spent may not be there.
                store.post(vec![random_posting(&mut chance, now, step)]).await.unwrap();
            }
            _ => {
                let batch: Vec<_> =
                    (0..4).map(|part| random_change(&mut chance, &placed, now, step * 4 + part)).collect();
                let answers = store.change_holds(&batch).await.unwrap();
                placed.extend(answers.into_iter().flatten().map(|changed| changed.hold));
            }
        }
        assert_eq!(store.prove().await.unwrap(), [], "after step {step}");
    }
    let mut ends: Vec<_> = Vec::new();
    for hold in &placed {
        let hold = store.hold(&hold.player, &hold.id).await.unwrap().unwrap();
        ends.push(hold.ended.map_or("open", |ended| ended.how.as_str()));
    }
    for state in ["open", "taken", "released", "expired"] {
        assert!(ends.contains(&state), "{state} came about: {ends:?}");
    }
}

fn pick_player(chance: &mut Stream) -> &'static str {
    ["p", "q"][usize::try_from(chance.below(2)).unwrap()]
}

/// Some points come in, or are spent as an order spends them.
fn random_posting(chance: &mut Stream, at: Timestamp, step: i64) -> NewPosting {
    let player = id(pick_player(chance));
    let own = Account::Player(player.clone());
    let (from, to, why) = match chance.below(2) {
        0 => (Account::House(House::Issue), own, Why::Reward),
        _ => (own, Account::House(House::Income), Why::Order),
    };
    let wish = Transferred { unit: points(), from, to, amount: 5, lapse: Lapse::At(minute(2 + step)) };
    NewPosting { player: Some(player), key: format!("posting-{step}").parse().unwrap(), why, wishes: vec![wish], at }
}

fn random_change(chance: &mut Stream, placed: &[Hold], now: Timestamp, number: i64) -> HoldChange {
    let amount = 1 + i64::try_from(chance.below(12)).unwrap();
    if placed.is_empty() || chance.below(2) == 0 {
        let mut new = new(pick_player(chance), &number.to_string(), amount);
        new.hold.held_at = now;
        new.hold.expires_at = Timestamp::from_millis(now.as_millis() + 60_000 * amount);
        return HoldChange::Place(new);
    }
    let latest = &placed[placed.len().saturating_sub(8)..];
    let hold = &latest[usize::try_from(chance.below(latest.len() as u64)).unwrap()];
    let wish = match chance.below(3) {
        0 => Wish::Take(None),
        1 => Wish::Take(Some(amount)),
        _ => Wish::Release,
    };
    HoldChange::End(ending(&hold.player, &hold.id, wish, now))
}
