//! Awards of points: there with their draw, or from their queue.

use std::sync::Arc;

use tombola_domain::amount::AMOUNT_MAX;
use tombola_domain::award::State;
use tombola_domain::ledger::Lifetime;
use tombola_domain::task::Queue;

use super::Backend;
use super::awards::{history, id};
use super::budgets::fund;
use super::event_wish::has;
use super::fixture::{commit_batch, decide_series, draw, draw_undelivered, minute, operation, publish, set_up, wish};
use crate::Store;
use crate::awards::{Change, InHouse};
use crate::feed::Event;
use crate::ledger::{Balance, Unit};
use crate::outbox::HandedOver;

/// A unit of which what comes in lapses after 30 days.
async fn coins(store: &Arc<dyn Store>) -> Lifetime {
    let lifetime = Lifetime::new(30).unwrap();
    let unit = Unit { name: "coins".parse().unwrap(), title: "Coins".to_owned(), lifetime: Some(lifetime) };
    store.put_unit(&set_up(), &unit).await.unwrap();
    lifetime
}

/// They are posted with their draw and leave nothing to do, lapse as their unit says, and stand in the feed behind all draws of their batch,
/// whose seal covers these alone.
pub async fn points_are_there_with_their_draw(backend: &impl Backend) {
    let store = backend.open().await;
    let lifetime = coins(&store).await;
    let activation = publish(&store, &[]).await.activation;
    fund(&store, 25).await;
    let wishes = [
        wish("p", "1").unlimited("coins").amount(5).costing(10),
        wish("q", "1").unlimited("mug"),
        wish("r", "1").unlimited("coins").amount(2),
    ];
    let before = store.feed(0, 9).await.unwrap().len() as u64;
    let mut batch = Vec::new();
    for wish in &wishes {
        batch.push(wish.decide(&store, activation).await);
    }
    let drawn: Vec<_> = commit_batch(&store, batch).await.into_iter().map(Result::unwrap).collect();
    for (player, amount) in [("p", 15), ("r", 6)] {
        let balances = store.balances(&player.parse().unwrap(), minute(4)).await.unwrap();
        let [Balance { unit, lots, .. }] = &balances[..] else { panic!("{balances:?}") };
        assert_eq!((unit.as_str(), &lots[..]), ("coins", &[(lifetime.lapse(minute(1)), amount)][..]));
    }
    let found = history(&store, &drawn[0]).await;
    assert_eq!((found.award.state, found.attempts), (State::Delivered, None));
    let delivered = Change { state: State::Delivered, at: minute(1), actor: None, note: String::new() };
    assert_eq!(found.changes, [delivered]);
    assert_eq!(store.due_queues(minute(9)).await.unwrap(), []);
    assert_eq!(store.deliver_in_house(InHouse::Points, minute(9), 9).await.unwrap().delivered, 0);
    let feed = store.feed(before, 99).await.unwrap();
    let told = feed.iter().map(|(position, event)| (*position - before, of(event)));
    let awards = [0, 2].map(|place: usize| id(&drawn[place]));
    let mut expected: Vec<_> = drawn.iter().map(|draw| draw.id.to_string()).collect();
    expected.push(format!("prize:{}", awards[0]));
    expected.extend(awards.iter().map(|award| format!("award:{award}")));
    expected.extend(awards.iter().map(|award| format!("{award} is delivered")));
    assert_eq!(told.collect::<Vec<_>>(), (1..).zip(expected).collect::<Vec<_>>());
    let proof = store.receipt(&drawn[2].id).await.unwrap().unwrap().proof.unwrap();
    assert_eq!(proof.seal.place.size, 3);
    assert!(proof.seal.signs(&proof.root(&drawn[2].receipt).unwrap()));
    assert_eq!(store.prove().await.unwrap(), []);
}

fn of(event: &Event) -> String {
    match event {
        Event::Drawn(draw, _) => draw.id.to_string(),
        Event::Moved(moved) => format!("{} is {}", moved.award, moved.state),
        Event::Posted(posting) => posting.key.to_string(),
        Event::Rebated(_) | Event::Given(..) => panic!("nobody reports events"),
    }
}

/// Such an award waits, and is given up with the reason. What others of the batch won is there, and so is what of the same series had room.
pub async fn points_that_do_not_fit_spoil_no_draw(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let most = draw(&store, activation, &wish("p", "1").unlimited("points").amount(AMOUNT_MAX - 7)).await.unwrap();
    assert_eq!(history(&store, &most).await.award.state, State::Delivered);
    let points = |amount| wish("q", "1").unlimited("points").amount(amount);
    let series = decide_series(&store, activation, &[points(4), points(4), points(3)]).await;
    let mug = wish("r", "1").unlimited("mug").decide(&store, activation).await;
    let mut answers = store.commit_draws(&[series, mug]).await.unwrap().into_iter().map(Result::unwrap);
    let draws: Vec<_> = answers.next().unwrap().into_iter().collect();
    let states = async || {
        let mut states = Vec::new();
        for draw in &draws {
            states.push(history(&store, draw).await.award.state);
        }
        states
    };
    assert_eq!(answers.next().unwrap().first.won.unwrap().prize.as_str(), "mug");
    assert_eq!((states().await, has(&store, "q").await), (vec![State::Delivered, State::Pending, State::Delivered], 7));
    let handed = store.deliver_in_house(InHouse::Points, minute(2), 9).await.unwrap();
    assert_eq!(handed, HandedOver { delivered: 0, given_up: 1 });
    assert_eq!(states().await[1], State::Failed);
    let note = &history(&store, &draws[1]).await.changes[0].note;
    assert!(note.contains("the house's issue"), "{note}");
    assert_eq!(store.prove().await.unwrap(), []);
}

/// They are posted once, lapse as their unit says, and stand in the statement under the award's name.
pub async fn points_that_wait_are_delivered_once(backend: &impl Backend) {
    let store = backend.open().await;
    let lifetime = coins(&store).await;
    let activation = publish(&store, &[]).await.activation;
    let wish = wish("p", "1").unlimited("coins").amount(5);
    let won = draw_undelivered(&store, activation, &wish).await.unwrap();
    assert_eq!(history(&store, &won).await.award.state, State::Pending);
    assert_eq!(store.deliver_in_house(InHouse::Points, minute(0), 9).await.unwrap().delivered, 0);
    assert_eq!(store.deliver_in_house(InHouse::Points, minute(2), 9).await.unwrap().delivered, 1);
    assert_eq!(store.deliver_in_house(InHouse::Points, minute(3), 9).await.unwrap().delivered, 0);
    let balances = store.balances(&"p".parse().unwrap(), minute(4)).await.unwrap();
    let [Balance { unit, lots, .. }] = &balances[..] else { panic!("{balances:?}") };
    assert_eq!((unit.as_str(), &lots[..]), ("coins", &[(lifetime.lapse(minute(2)), 15)][..]));
    assert_eq!(history(&store, &won).await.award.state, State::Delivered);
    assert_eq!(store.prove().await.unwrap(), []);
}

/// Its task is a dead letter with the reason, and is tried again when the unit is there.
pub async fn points_of_no_unit_are_given_up(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let won = draw(&store, activation, &wish("p", "1").unlimited("coins").amount(5)).await.unwrap();
    let handed = store.deliver_in_house(InHouse::Points, minute(2), 9).await.unwrap();
    assert_eq!(handed, HandedOver { delivered: 0, given_up: 1 });
    let found = history(&store, &won).await;
    assert_eq!(found.award.state, State::Failed);
    assert!(found.changes[0].note.contains("coins"), "{found:?}");
    assert_eq!(store.load(&Queue::Points).await.unwrap().dead, 1);
    let unit = Unit { name: "coins".parse().unwrap(), title: "Coins".to_owned(), lifetime: None };
    store.put_unit(&set_up(), &unit).await.unwrap();
    let again = store.revive_tasks(&operation("again", "again"), &Queue::Points).await.unwrap().result;
    assert_eq!(again.revived, 1);
    assert_eq!(store.deliver_in_house(InHouse::Points, minute(3), 9).await.unwrap().delivered, 1);
    assert_eq!(history(&store, &won).await.award.state, State::Delivered);
}
