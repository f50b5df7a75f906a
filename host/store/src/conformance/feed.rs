//! The feed: each position once, in the order of the commits.

use tombola_domain::award::State;
use tombola_domain::id::AwardId;

use super::Backend;
use super::event_wish::{chances, event};
use super::fixture::{CAMPAIGN, draw, minute, publish, set_up, wish};
use crate::awards::{InHouse, Move};
use crate::feed::{Event, FeedError};
use crate::ledger::Shortfalls;

/// Draws and changes of awards follow each other.
pub async fn the_feed_has_no_gap(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    assert_eq!(store.feed(0, 9).await.unwrap(), []);
    let nothing = draw(&store, activation, &wish("a", "1")).await.unwrap();
    let hamper = draw(&store, activation, &wish("b", "1").unlimited("hamper")).await.unwrap();
    let award = AwardId::of_draw(&hamper.id);
    let wishes = [State::InProgress, State::Delivered].map(|to| Move { award: award.clone(), to });
    store.move_awards(&set_up(), &wishes, &[], &Shortfalls::default()).await.unwrap();
    let chances = draw(&store, activation, &wish("c", "1").unlimited("chances").amount(1)).await.unwrap();
    store.deliver_in_house(InHouse::Chances, minute(2), 9).await.unwrap();
    let mug = draw(&store, activation, &wish("d", "1").unlimited("mug")).await.unwrap();
    let feed = store.feed(0, 99).await.unwrap();
    assert_eq!(feed.iter().map(|(position, _)| *position).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
    let told = |event: &Event| match event {
        Event::Drawn(draw, state) => (draw.id.to_string(), *state, None),
        Event::Moved(moved) => (moved.award.to_string(), Some(moved.state), Some(moved.at)),
        Event::Rebated(_) | Event::Given(..) | Event::Posted(_) => panic!("nobody reports events"),
    };
    let expected = [
        (nothing.id.to_string(), None, None),
        (hamper.id.to_string(), Some(State::ToDo), None),
        (award.to_string(), Some(State::InProgress), Some(minute(0))),
        (award.to_string(), Some(State::Delivered), Some(minute(0))),
        (chances.id.to_string(), Some(State::Pending), None),
        (AwardId::of_draw(&chances.id).to_string(), Some(State::Delivered), Some(minute(2))),
        (mug.id.to_string(), Some(State::Delivered), None),
    ];
    assert_eq!(feed.iter().map(|(_, event)| told(event)).collect::<Vec<_>>(), expected);
    let Event::Moved(moved) = &feed[5].1 else { panic!("{feed:#?}") };
    assert_eq!((moved.player.as_str(), moved.prize.as_str(), &moved.campaign), ("c", "chances", &chances.campaign));
    assert_eq!(feed[0].1.campaign(), Some(&nothing.campaign));
}

/// In pieces of any size, also after what it tells of has changed.
pub async fn the_feed_is_read_again_the_same(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let mut moves = vec![];
    for number in 0..5 {
        let won = draw(&store, activation, &wish("p", &number.to_string()).unlimited("hamper")).await.unwrap();
        moves.push(Move { award: AwardId::of_draw(&won.id), to: State::Delivered });
    }
    let before = store.feed(0, 99).await.unwrap();
    store.move_awards(&set_up(), &moves, &[], &Shortfalls::default()).await.unwrap();
    let store = backend.open().await;
    let (mut after, mut pieces) = (0, vec![]);
    loop {
        let piece = store.feed(after, 3).await.unwrap();
        let Some((last, _)) = piece.last() else { break };
        after = *last;
        pieces.extend(piece);
    }
    assert_eq!((pieces.len(), &pieces[..5]), (10, &before[..]));
    assert_eq!(store.feed(10, 3).await.unwrap(), []);
    for ahead in [11, u64::MAX] {
        let refused = store.feed(ahead, 3).await;
        assert!(matches!(refused, Err(FeedError::Ahead { last: 10 })), "{refused:?}");
    }
    // What is drawn afterwards stands behind it.
    draw(&store, activation, &wish("q", "1")).await.unwrap();
    assert_eq!(store.feed(10, 3).await.unwrap().first().map(|(position, _)| *position), Some(11));
}

/// A page ends before it, the next one names it, and what comes after it can be asked for. That goes for what is not there as well.
pub async fn a_damaged_position_is_gone_round(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    for id in ["1", "2", "3"] {
        event("p", id).gives(CAMPAIGN, &[chances(1)]).report(&store, activation).await.unwrap();
    }
    let whole = store.feed(0, 99).await.unwrap();
    assert_eq!(whole.len(), 3);
    let spoilt = async || {
        for limit in [1, 2, 3, 99] {
            let [before, behind] = [store.feed(0, limit).await.unwrap(), store.feed(2, limit).await.unwrap()];
            assert_eq!((before, behind), (whole[..1].to_vec(), whole[2..].to_vec()));
            let damaged = store.feed(1, limit).await;
            let is_named = matches!(&damaged, Err(FeedError::Damaged { position: 2, source }) if source.is_damage());
            assert!(is_named, "{damaged:?}");
        }
    };
    backend
        .plant("CREATE TABLE spare AS SELECT position, bytes FROM rebates; UPDATE rebates SET bytes = substr(bytes, 2) WHERE position = 2")
        .await;
    spoilt().await;
    backend
        .plant(
            "UPDATE rebates SET bytes = (SELECT bytes FROM spare WHERE spare.position = rebates.position); DROP TABLE spare;
             UPDATE rebates SET position = -2 WHERE position = 2",
        )
        .await;
    spoilt().await;
    backend.plant("UPDATE rebates SET position = 2 WHERE position = -2").await;
    assert_eq!(store.feed(0, 99).await.unwrap(), whole);
}
