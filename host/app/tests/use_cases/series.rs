use tombola_app::Error;
use tombola_app::draw::DrawAnswer;
use tombola_app::intent::Intent;
use tombola_app::model::{Draw, Scalar};
use tombola_domain::receipt::{Receipt, Tried};
use tombola_domain::series::Count;

use crate::fixture::{House, campaign, code};

/// Chance in everything, rules that look at wins and draws, limits, and stock that runs out.
fn eventful() -> String {
    "campaign: spring
title: Spring
window: {opens: 2026-11-30T00:00:00+08:00}
prizes:
  - {id: points, title: Points, stock: unlimited}
  - {id: mug, title: Mug, stock: 6, limits: {player_day: 2}}
  - {id: phone, title: Phone, stock: 5, limits: {player: 2}}
pools:
  default: {phone: 3, mug: 2, nothing: 1}
  late: {phone: 1, points: 1}
guards: [{id: streak, rule: streak@1}]
trees:
  default:
    root: hand-over
    nodes:
      hand-over: {grant: drawn, sold_out: comfort}
      comfort: {grant: mug, sold_out: points}
      points: {grant: points, amount: [1, 1000]}
"
    .to_owned()
}

async fn eventful_house() -> House {
    let house = House::new().await;
    house.app.upload(Intent::of("author"), b"native streak 1.0.0").await.unwrap();
    house.publish(&eventful()).await;
    house
}

/// What a draw came to: its number, prize and amount, and everything that was tried.
async fn outcome(house: &House, draw: &Draw) -> (u64, Option<(String, i64)>, Vec<Tried>) {
    let stored = house.app.receipt(&draw.id).await.unwrap();
    let won = draw.won.as_ref().map(|won| (won.prize.to_string(), won.amount));
    (draw.ordinal, won, Receipt::decode(&stored.bytes).unwrap().tried)
}

#[tokio::test]
async fn a_series_comes_to_what_single_draws_come_to() {
    let (one_by_one, together) = (eventful_house().await, eventful_house().await);
    let mut kinds = std::collections::BTreeSet::new();
    for (number, (player, count)) in
        [("alice", 5), ("bob", 3), ("alice", 4), ("carol", 9), ("bob", 6), ("dave", 1), ("erin", 9)]
            .into_iter()
            .enumerate()
    {
        let series = together.draws(player, &format!("series-{number}"), count).await;
        assert_eq!(series.len(), count as usize);
        for (part, draw) in series.iter().enumerate() {
            let alone = one_by_one.draw(player, &format!("single-{number}-{part}")).await;
            let expected = outcome(&one_by_one, &alone).await;
            assert_eq!(outcome(&together, draw).await, expected, "{player}, draw {part} of request {number}");
            kinds.extend(
                expected.2.iter().map(|tried| format!("{} {:?}", tried.prize, std::mem::discriminant(&tried.verdict))),
            );
        }
    }
    // All that the document can do did happen: both stocked prizes were had, sold out and limited, and there were points.
    assert_eq!(kinds.len(), 7, "{kinds:?}");
}

#[tokio::test]
async fn a_key_draws_its_series_once() {
    let house = House::new().await;
    house.publish(&campaign("chances: {total: 10}")).await;
    let made = house.draws("alice", "key", 3).await;
    assert_eq!(made.iter().map(|draw| draw.ordinal).collect::<Vec<_>>(), [1, 2, 3]);
    let again = house.ask_for("alice", "key", 3).await.unwrap();
    let DrawAnswer::Drawn { draws, replayed: true } = again else { panic!("{again:?}") };
    assert_eq!(draws.into_iter().collect::<Vec<_>>(), made);
    assert_eq!(code(house.ask_for("alice", "key", 2).await), "idempotency-key-reused");
    assert_eq!(code(house.ask("alice", "key", &[]).await), "idempotency-key-reused");
    // To ask for a list of one is not what it is to ask for one.
    house.draw("alice", "one").await;
    assert_eq!(code(house.ask_for("alice", "one", 1).await), "idempotency-key-reused");
    assert_eq!(house.draws("alice", "list", 1).await[0].ordinal, 5);
}

#[tokio::test]
async fn nothing_is_drawn_where_fewer_draws_are_left() {
    let house = House::new().await;
    house.publish(&campaign("chances: {day: 3}")).await;
    let refused = house.ask_for("alice", "1", 5).await.unwrap_err();
    let Error::Exhausted { place: Some(place), .. } = refused else { panic!("{refused}") };
    assert_eq!((refused.code(), place.draw, place.count), ("draws-exhausted-day", 4, Count::new(5).unwrap()));
    assert_eq!(refused.to_string(), "no draws are left today for draw 4 of 5");
    // Neither was the key used.
    assert_eq!(house.draws("alice", "1", 3).await.last().unwrap().ordinal, 3);
    assert_eq!(house.refusal("alice", "2").await, "draws-exhausted-day");
}

#[tokio::test]
async fn nothing_is_drawn_where_a_rule_refuses_one_of_them() {
    let house = eventful_house().await;
    house.draws("alice", "1", 5).await;
    let refused = house.ask_for("alice", "2", 7).await.unwrap();
    let DrawAnswer::Refused { code, place: Some(place), .. } = refused else { panic!("{refused:?}") };
    assert_eq!((code.as_str(), place.draw), ("enough", 5));
    let state = house.app.player(&"spring".parse().unwrap(), &"alice".parse().unwrap(), None, 1).await.unwrap();
    assert_eq!(state.participation.draws, 5);
    assert_eq!(house.draws("alice", "2", 4).await.len(), 4);
}

#[tokio::test]
async fn attributes_hold_for_all_draws() {
    let house = House::new().await;
    house.publish(&campaign("attributes: {age: {type: integer, minimum: 18}}")).await;
    assert_eq!(code(house.ask("alice", "1", &[("age", Scalar::Integer(17))]).await), "attribute-refused");
    let made = house.draws("alice", "1", 2).await;
    assert_eq!(made[0].drawn_at, made[1].drawn_at);
}
