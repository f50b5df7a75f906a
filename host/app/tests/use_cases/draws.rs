use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::future::join_all;
use tombola_app::Result;
use tombola_app::draw::DrawAnswer;
use tombola_app::model::{ListEdit, Scalar};
use tombola_domain::receipt::Receipt;

use crate::fixture::{GATE, House, Room, campaign, code, intent, request};

#[tokio::test]
async fn the_window_opens_and_closes() {
    let house = House::new().await;
    house.publish(&campaign("")).await;
    house.set_clock("2026-11-29T23:59:59+08:00");
    assert_eq!(house.refusal("alice", "early").await, "campaign-not-open");
    house.set_clock("2026-11-30T00:00:00+08:00");
    let first = house.draw("alice", "on-time").await;
    house.set_clock("2026-12-31T00:00:00+08:00");
    assert_eq!(house.refusal("alice", "late").await, "campaign-closed");
    // What was committed is answered for ever.
    let again = house.ask("alice", "on-time", &[]).await.unwrap();
    assert!(matches!(again, DrawAnswer::Drawn { draws, replayed: true } if draws.first == first));
}

#[tokio::test]
async fn days_and_months_are_those_of_the_campaigns_zone() {
    let house = House::new().await;
    house.publish(&campaign("chances: {day: 2, month: 3}")).await;
    // 23:30 in Shanghai on the last of November, which is 15:30 UTC.
    house.draw("alice", "1").await;
    house.draw("alice", "2").await;
    assert_eq!(house.refusal("alice", "3").await, "draws-exhausted-day");
    house.set_clock("2026-12-01T00:00:00+08:00");
    for key in ["3", "4"] {
        house.draw("alice", key).await;
    }
    house.set_clock("2026-12-02T00:00:00+08:00");
    house.draw("alice", "5").await;
    assert_eq!(house.refusal("alice", "6").await, "draws-exhausted-month");
    let player = house.app.player(&"spring".parse().unwrap(), &"alice".parse().unwrap(), None, 10).await.unwrap();
    assert_eq!((player.participation.draws, player.draws_this_month, player.draws_today), (5, 3, 1));
    assert_eq!(player.draws_left, Some(0));
}

#[tokio::test]
async fn ordinals_count_up_and_a_refusal_takes_none() {
    let house = House::new().await;
    house.publish(&campaign(GATE)).await;
    assert_eq!(house.draw("alice", "1").await.ordinal, 1);
    let ban = |key: &'static str, change: ListEdit| {
        let (app, list) = (&house.app, "banned".parse().unwrap());
        async move { app.edit_list(intent(key), &list, &change, true).await.map(drop).unwrap() }
    };
    let alice = vec!["alice".parse().unwrap()];
    ban("ban", ListEdit { add: alice.clone(), remove: vec![] }).await;
    assert_eq!(house.refusal("alice", "2").await, "banned-too");
    ban("pardon", ListEdit { add: vec![], remove: alice }).await;
    // The refusal was not remembered under its key.
    let draw = house.draw("alice", "2").await;
    assert_eq!(draw.ordinal, 2);
    let stored = house.app.receipt(&draw.id).await.unwrap();
    let receipt = Receipt::decode(&stored.bytes).unwrap();
    assert_eq!(receipt.terms.lists, [("banned".parse().unwrap(), 2)]);
}

#[tokio::test]
async fn a_receipt_holds_what_its_commitments_hide() {
    let house = House::new().await;
    house.publish(&campaign(GATE)).await;
    let draw = house.draw("alice", "1").await;
    let won = draw.won.clone().unwrap();
    assert_eq!((won.prize.as_str(), won.data.as_deref()), ("points", Some(r#"{"icon":"star"}"#)));
    let stored = house.app.receipt(&draw.id).await.unwrap();
    assert_eq!(Receipt::digest(&stored.bytes), draw.receipt);
    let receipt = Receipt::decode(&stored.bytes).unwrap();
    let disclosure = stored.disclosure.unwrap();
    assert_eq!(receipt.terms.player, disclosure.player_commitment());
    assert_eq!(receipt.terms.facts, disclosure.fact_commitments());
    assert_eq!(receipt.terms.steps[0].outcome, "proceed");
    assert_eq!(receipt.granted().unwrap().prize, won.prize);
}

#[tokio::test]
async fn seeds_survive_a_restart() {
    let house = House::new().await;
    house.publish(&campaign("")).await;
    let first = house.draw("alice", "1").await;
    let house = house.restart().await;
    let second = house.draw("alice", "2").await;
    assert_eq!(second.ordinal, 2);
    let epoch = |bytes: &[u8]| Receipt::decode(bytes).unwrap().terms.epoch_commitment;
    let first = house.app.receipt(&first.id).await.unwrap();
    let second = house.app.receipt(&second.id).await.unwrap();
    assert_eq!(epoch(&first.bytes), epoch(&second.bytes));
}

#[tokio::test]
async fn attributes_are_those_that_the_campaign_declares() {
    let house = House::new().await;
    house
        .publish(&campaign(
            "attributes: {channel: {type: text, one_of: [app, web], default: web}, age: {type: integer, minimum: 18}}",
        ))
        .await;
    let ask = |key: &'static str, name: &'static str, value: Scalar| {
        let house = &house;
        async move { house.ask("alice", key, &[(name, value)]).await }
    };
    assert_eq!(code(ask("1", "colour", Scalar::Boolean(true)).await), "attribute-refused");
    assert_eq!(code(ask("1", "channel", Scalar::Text("fax".to_owned())).await), "attribute-refused");
    assert_eq!(code(ask("1", "age", Scalar::Integer(17)).await), "attribute-refused");
    assert_eq!(code(ask("1", "age", Scalar::Text("18".to_owned())).await), "attribute-refused");
    assert!(ask("1", "age", Scalar::Integer(18)).await.is_ok());
    assert_eq!(code(ask("1", "age", Scalar::Integer(19)).await), "idempotency-key-reused");
}

/// The plan of a draw says what follows should its prize be sold out, so that the commit needs no other plan of whoever comes too late.
#[tokio::test]
async fn who_misses_the_last_unit_is_decided_once() {
    const STOCK: usize = 5;
    let house = House::new().await;
    let document = format!(
        "campaign: spring\ntitle: Spring\nwindow: {{opens: 2026-11-30T00:00:00+08:00}}\n\
         prizes: [{{id: phone, title: Phone, stock: {STOCK}}}, {{id: points, title: Points, stock: unlimited}}]\n\
         pools: {{default: {{phone: 1}}}}\n\
         trees: {{default: {{root: phone, nodes: {{phone: {{grant: drawn, sold_out: points}}, points: {{grant: points}}}}}}}}\n\
         {GATE}\n"
    );
    house.publish(&document).await;
    let room = Arc::<Room>::default();
    let hosts = [house.crowded_app(&room).await, house.crowded_app(&room).await];
    let players: Vec<_> = (0..64).map(|number| format!("player-{number}")).collect();
    let draws = players.iter().zip(hosts.iter().cycle()).map(|(player, host)| host.draw(request(player, "1")));
    let answers = join_all(draws).await;
    let won = |answer: &Result<DrawAnswer>, prize: &str| match answer {
        Ok(DrawAnswer::Drawn { draws, .. }) => draws.first.won.as_ref().is_some_and(|won| won.prize.as_str() == prize),
        other => panic!("{other:?}"),
    };
    let of = |prize| answers.iter().filter(|answer| won(answer, prize)).count();
    assert_eq!((of("phone"), of("points")), (STOCK, players.len() - STOCK));
    assert_eq!(room.runs.load(Ordering::SeqCst), players.len());
}

#[tokio::test]
async fn unknown_campaigns_and_draws_are_said_to_be_unknown() {
    let house = House::new().await;
    assert_eq!(house.refusal("alice", "1").await, "campaign-unknown");
    assert_eq!(code(house.app.drawn(&"nothing".parse().unwrap()).await), "draw-unknown");
    assert_eq!(code(house.app.receipt(&"nothing".parse().unwrap()).await), "draw-unknown");
}
