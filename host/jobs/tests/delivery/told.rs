//! What receivers are told, and how.

use std::time::Duration;

use tombola_app::courier::Courier;
use tombola_app::intent::Intent;
use tombola_domain::award::State;
use tombola_domain::webhook::{Secret, signatures};

use crate::house::{House, SECRET, limits, until};
use crate::receiver::{Mood, Receiver};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_award_is_told_once_and_signed() {
    let (mut house, crm) = (House::new().await, Receiver::start(Mood::Answer(204)).await);
    let other = "whsec_AgICAgICAgICAgICAgICAgICAgICAgIC";
    house.put_with("crm", &crm.url, limits(5_000, 8), &[SECRET, other]).await;
    house.publish("spring", "{webhook: crm}").await;
    let awards = house.win("spring", 60).await;
    house.deliver();
    house.all(&awards, State::Delivered).await;
    assert_eq!((crm.count(), crm.taken().len()), (60, 60));
    let secrets: Vec<Secret> = [SECRET, other].map(|secret| secret.parse().unwrap()).into();
    for seen in crm.seen() {
        let signed = signatures(&secrets, seen.id(), house.now(), seen.body.as_bytes());
        assert_eq!(seen.headers["webhook-signature"], signed);
        assert_eq!(seen.headers["webhook-timestamp"], house.now().as_seconds().to_string());
        assert_eq!(seen.headers["content-type"], "application/json");
        assert!(awards.iter().any(|award| award.as_str() == seen.id()));
        for part in [r#""type":"award""#, r#""prize":"mug""#, r#""data":{"size":"big"}"#, r#""player":"player-"#] {
            assert!(seen.body.contains(part), "{}", seen.body);
        }
    }
    house.stop().await;
    assert_eq!(house.waiting("crm").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_told_before_a_stop_is_told_after_the_next_start() {
    let (mut house, crm) = (House::new().await, Receiver::start(Mood::Slow(Duration::from_millis(5))).await);
    house.put("crm", &crm.url, limits(5_000, 2)).await;
    house.publish("spring", "{webhook: crm}").await;
    let awards = house.win("spring", 80).await;
    house.deliver();
    until(async || crm.count() > 5).await;
    house.stop().await;
    let delivered = house.count(&awards, State::Delivered).await;
    assert_eq!(delivered, crm.count(), "what was answered is written");
    house.deliver();
    house.all(&awards, State::Delivered).await;
    assert_eq!((crm.count(), crm.taken().len()), (80, 80), "nothing is told twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_letters_are_told_once_an_operator_says_so() {
    let (mut house, crm) = (House::new().await, Receiver::start(Mood::Answer(410)).await);
    house.put("crm", &crm.url, limits(5_000, 4)).await;
    house.publish("spring", "{webhook: crm}").await;
    let awards = house.win("spring", 4).await;
    house.deliver();
    house.all(&awards, State::Failed).await;
    let history = house.app.award(&awards[0]).await.unwrap();
    assert_eq!(history.changes[0].note, "answered 410: the receiver takes nothing more");
    assert_eq!(house.app.destination(&"crm".parse().unwrap()).await.unwrap().load.dead, 4);
    crm.set_mood(Mood::Answer(200));
    let one = house.app.move_award(Intent::of("operator"), &[], awards[0].clone(), State::Pending).await.unwrap();
    assert_eq!(one.result.award.state, State::Pending);
    let retried = house.app.retry_destination(Intent::of("operator"), &"crm".parse().unwrap()).await.unwrap();
    assert_eq!((retried.result.revived, retried.result.left), (3, 0));
    house.all_in_time(&awards).await;
    assert_eq!((crm.count(), crm.taken().len()), (8, 4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_message_answers_what_came_back() {
    let (house, crm) = (House::new().await, Receiver::start(Mood::Answer(418)).await);
    house.put("crm", &crm.url, limits(200, 1)).await;
    let test = async || house.app.test_destination(&"crm".parse().unwrap()).await.unwrap();
    let tested = test().await;
    let reply = tested.reply.unwrap();
    assert_eq!((reply.status, reply.is_success(), reply.beginning.as_slice()), (418, false, &b"ok"[..]));
    assert_eq!(crm.seen()[0].id(), tested.id);
    assert!(crm.seen()[0].body.contains(r#""type":"test""#));
    crm.set_mood(Mood::Hang);
    assert_eq!(test().await.reply.unwrap_err().to_string(), "no answer came within 200 ms");
    crm.set_mood(Mood::Endless);
    let reply = test().await.reply.unwrap();
    assert_eq!((reply.status, reply.beginning.len()), (200, 16 << 10));
    crm.set_mood(Mood::Reset);
    assert!(!test().await.reply.unwrap_err().to_string().is_empty());
}

/// Whatever an operator writes: as an address, as a name, or where a receiver sends them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_sent_to_private_addresses() {
    let (house, inner) = (House::new().await, Receiver::start(Mood::Answer(200)).await);
    let port = inner.url.rsplit_once(':').unwrap().1.to_owned();
    let outer = Receiver::start(Mood::Redirect(inner.url.clone())).await;
    house.put("crm", &outer.url, limits(1_000, 1)).await;
    let tested = house.app.test_destination(&"crm".parse().unwrap()).await.unwrap();
    assert_eq!((tested.reply.unwrap().status, inner.count()), (302, 0));
    // 127.0.0.2 is not let be called here, and neither is what a name stands for that leads there.
    let bi = "bi".parse().unwrap();
    for url in ["http://127.0.0.2/", "http://[::1]/", "http://10.0.0.1/", "https://169.254.169.254/"] {
        assert!(house.webhooks.admit(&bi, url).is_err(), "{url}");
    }
    assert!(house.webhooks.admit(&"other".parse().unwrap(), &inner.url).is_err(), "not over http");
    house.put("bi", &format!("http://2130706434:{port}"), limits(1_000, 1)).await;
    let refused = house.app.test_destination(&bi).await.unwrap().reply.unwrap_err().to_string();
    assert!(refused.contains("is no public address"), "{refused}");
    assert_eq!(inner.count(), 0);
}
