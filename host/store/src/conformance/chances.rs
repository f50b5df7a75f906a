//! Chances up to the most that a player may be given: what goes beyond is refused where it comes from, and spoils nothing else.

use std::sync::Arc;

use tombola_domain::award::State;
use tombola_domain::chance::{ADDED_MAX, TooMany};
use tombola_domain::id::{AwardId, PlayerId};
use tombola_domain::ledger::{Account, House, Lapse, Wish as Transfer};
use tombola_domain::task::Queue;

use super::Backend;
use super::budgets::{fund, left as left_in_budget};
use super::event_wish::{chances, costing, decided, event, has, left, points, prize, to_referrer};
use super::fixture::{CAMPAIGN, draw, minute, operation, publish, stock_of, wish};
use super::orders::order;
use super::voids::state;
use crate::Store;
use crate::awards::InHouse;
use crate::chances::{ChanceGrant, GrantError};
use crate::events::{Outcome, ReverseError};
use crate::ledger::{NewPosting, Why};
use crate::orders::NotPlaced;
use crate::outbox::HandedOver;

/// Gives a player all but so many of the chances that they may be given.
async fn nearly_full(store: &Arc<dyn Store>, player: &str, room: u64) {
    grant(store, player, "nearly", ADDED_MAX - room).await.unwrap();
}

async fn grant(store: &Arc<dyn Store>, player: &str, key: &str, amount: u64) -> Result<u64, GrantError> {
    let (campaign, player) = (CAMPAIGN.parse().unwrap(), player.parse::<PlayerId>().unwrap());
    let operation = operation(&format!("{key}-{player}"), &format!("{player} {amount}"));
    let grant = ChanceGrant { campaign, player, amount, granted: Some(10), lapse: Lapse::Never, lots_max: None };
    store.grant_chances(&operation, &grant).await.map(|done| done.result)
}

async fn added(store: &Arc<dyn Store>, player: &str) -> u64 {
    let state = store.player(&CAMPAIGN.parse().unwrap(), &player.parse().unwrap(), None, 0).await.unwrap();
    state.participation.unwrap_or_default().chances.added
}

/// Up to the last one; what is left is told no higher.
pub async fn an_operator_gives_no_more_than_can_be_counted(backend: &impl Backend) {
    let store = backend.open().await;
    publish(&store, &[]).await;
    nearly_full(&store, "p", 5).await;
    let refused = grant(&store, "p", "over", 6).await;
    let Err(GrantError::TooMany(refused)) = refused else { panic!("{refused:?}") };
    assert_eq!(refused, TooMany { added: ADDED_MAX - 5, wanted: 6 });
    assert_eq!(grant(&store, "p", "last", 5).await.unwrap(), ADDED_MAX);
    assert!(grant(&store, "p", "more", 1).await.is_err());
    assert_eq!(left(&store, "p").await, Some(ADDED_MAX));
    assert_eq!(grant(&store, "q", "other", ADDED_MAX).await.unwrap(), ADDED_MAX);
}

/// An order that brings too many is not placed, and costs nothing; those beside it in the batch are.
pub async fn an_order_brings_no_more_than_can_be_counted(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("five", 9)]).await.activation;
    for player in ["p", "q"] {
        let to = Account::Player(player.parse().unwrap());
        let unit = "points".parse().unwrap();
        let wish = Transfer { unit, from: Account::House(House::Issue), to, amount: 90, lapse: Lapse::Never };
        let (player, key) = (Some(player.parse().unwrap()), "earned".parse().unwrap());
        let earned = NewPosting { player, key, why: Why::Reward, wishes: vec![wish], at: minute(0) };
        store.post(vec![earned]).await.unwrap().pop().unwrap().unwrap();
    }
    nearly_full(&store, "p", 7).await;
    let orders = [("p", "1"), ("p", "2"), ("q", "1")].map(|(player, key)| order(player, key, 1, activation));
    let placed = store.place_orders(&orders).await.unwrap();
    let full = TooMany { added: ADDED_MAX - 2, wanted: 5 };
    assert_eq!(placed.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(placed[1], Err(NotPlaced::TooMany(full)));
    assert_eq!((has(&store, "p").await, added(&store, "p").await), (60, ADDED_MAX - 2));
    assert_eq!((has(&store, "q").await, added(&store, "q").await), (60, 5));
}

/// An award of too many is given up with the reason, and the others of the batch are delivered.
pub async fn an_award_brings_no_more_than_can_be_counted(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    nearly_full(&store, "p", 4).await;
    let mut awards = Vec::new();
    for (player, key) in [("p", "1"), ("p", "2"), ("q", "1")] {
        let drawn = draw(&store, activation, &wish(player, key).unlimited("chances").amount(1)).await.unwrap();
        awards.push(AwardId::of_draw(&drawn.id));
    }
    let handed = store.deliver_in_house(InHouse::Chances, minute(2), 9).await.unwrap();
    assert_eq!(handed, HandedOver { delivered: 2, given_up: 1 });
    let mut states = Vec::new();
    for award in &awards {
        states.push(store.award(award).await.unwrap().unwrap());
    }
    let told: Vec<_> = states.iter().map(|history| history.award.state).collect();
    assert_eq!(told, [State::Delivered, State::Failed, State::Delivered]);
    assert!(states[1].changes[0].note.contains("would exceed"), "{:?}", states[1]);
    assert_eq!((added(&store, "p").await, added(&store, "q").await), (ADDED_MAX - 1, 3));
    assert_eq!(store.load(&Queue::Chances).await.unwrap().dead, 1);
}

/// A campaign whose rewards would be too many refuses the event and takes nothing; for others it is as ever.
pub async fn an_event_earns_no_more_than_can_be_counted(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    nearly_full(&store, "p", 4).await;
    let gives = [chances(2), points(3), chances(2)];
    let answers = event("p", "fits").gives("spring", &gives).report(&store, activation).await.unwrap();
    decided(&answers, "spring");
    assert_eq!((has(&store, "p").await, added(&store, "p").await), (3, ADDED_MAX));
    let answers = event("p", "over").gives("spring", &gives).report(&store, activation).await.unwrap();
    let Outcome::Refused(refusal) = &answers[0].outcome else { panic!("{answers:?}") };
    assert_eq!(refusal.code, "chances-full");
    assert_eq!((has(&store, "p").await, added(&store, "p").await), (3, ADDED_MAX));
    let huge = [chances(i64::MAX), chances(i64::MAX), chances(i64::MAX)];
    let answers = event("q", "huge").gives("spring", &huge).report(&store, activation).await.unwrap();
    assert!(matches!(&answers[0].outcome, Outcome::Refused(refusal) if refusal.code == "chances-full"), "{answers:?}");
    let answers = event("q", "fits").gives("spring", &gives).report(&store, activation).await.unwrap();
    decided(&answers, "spring");
    assert_eq!(added(&store, "q").await, 4);
}

/// What a referrer is to get goes to them as a whole or is given up; another one's beside it does not mind.
pub async fn a_referrer_gets_no_more_than_can_be_counted(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    nearly_full(&store, "friend", 3).await;
    let gives = [points(5), chances(2)].map(to_referrer);
    for id in ["e", "f"] {
        event("p", id).gives("spring", &gives).report(&store, activation).await.unwrap();
    }
    let handed = store.deliver_referrals(minute(1), 9).await.unwrap();
    assert_eq!(handed, HandedOver { delivered: 1, given_up: 1 });
    assert_eq!((has(&store, "friend").await, added(&store, "friend").await), (5, ADDED_MAX - 1));
    assert_eq!(store.load(&Queue::Referrals).await.unwrap().dead, 1);
    let part = super::reversals::reversal("part", "f", Some((1, 2)));
    let refused = store.reverse_event(&part).await;
    assert!(matches!(refused, Err(ReverseError::TooMany(_))), "a share of what they never got: {refused:?}");
    assert_eq!(store.load(&Queue::Referrals).await.unwrap().dead, 1);
    assert_eq!(store.prove().await.unwrap(), []);
}

/// What a referrer can't be given is not owed to them once all of the event is reversed: whoever reported it gets what is theirs done.
pub async fn what_a_referrer_can_t_be_given_ends_with_its_event(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("hamper", 1)]).await.activation;
    fund(&store, 20).await;
    nearly_full(&store, "friend", 1).await;
    let gives = [costing(points(8), 8), chances(2), prize("hamper", true)].map(to_referrer);
    let gives = [&gives[..], &[points(5)]].concat();
    let answers = event("p", "e").gives("spring", &gives).report(&store, activation).await.unwrap();
    let hamper = AwardId::of_rebate(&decided(&answers, "spring").id, 2);
    let handed = store.deliver_referrals(minute(1), 9).await.unwrap();
    assert_eq!(handed, HandedOver { delivered: 0, given_up: 1 });
    assert_eq!((left_in_budget(&store).await, stock_of(&store, "hamper").await.issued), (12, 1));
    store.reverse_event(&super::reversals::reversal("back", "e", None)).await.unwrap();
    assert_eq!((has(&store, "p").await, has(&store, "friend").await), (0, 0));
    assert_eq!(added(&store, "friend").await, ADDED_MAX - 1);
    assert_eq!((left_in_budget(&store).await, stock_of(&store, "hamper").await.stock), (20, 2));
    assert_eq!(state(&store, &hamper).await.0, State::Voided);
    let load = store.load(&Queue::Referrals).await.unwrap();
    assert_eq!((load.waiting, load.dead), (0, 0));
    assert_eq!(store.prove().await.unwrap(), []);
}
