//! Many at once: never more than there is, never twice, never past a limit.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::StatusCode;
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::harness::{Server, new_key};
use crate::{documents, invariants};

/// `count` draws by `clients` at once; each draw's player is told by its number.
async fn draws(
    server: &Server,
    campaign: &str,
    clients: u32,
    count: u32,
    player: fn(u32) -> String,
) -> Vec<(StatusCode, Value)> {
    let next = Arc::new(AtomicU32::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..clients {
        let (client, next, campaign) = (server.client(), Arc::clone(&next), campaign.to_owned());
        tasks.spawn(async move {
            let mut answers = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return answers;
                }
                answers.push(client.draw(&campaign, &player(number), &new_key()).await);
            }
        });
    }
    tasks.join_all().await.into_iter().flatten().collect()
}

fn outcomes(answers: &[(StatusCode, Value)]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for (_, answer) in answers {
        let outcome = answer["outcome"]["prize"].as_str().or(answer["code"].as_str()).unwrap_or("none");
        *counts.entry(outcome.to_owned()).or_default() += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_units_go_to_exactly_a_thousand_of_twenty_thousand_draws() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    server.operator().publish("stocked", &documents::stocked("stocked", 1_000)).await;
    let answers = draws(&server, "stocked", 64, 20_000, |number| format!("player-{}", number % 5_000)).await;
    assert!(answers.iter().all(|(status, _)| *status == StatusCode::CREATED));
    let expected = BTreeMap::from([("phone".to_owned(), 1_000), ("points".to_owned(), 19_000)]);
    assert_eq!(outcomes(&answers), expected);
    server.kill();
    assert_eq!(invariants::issued(data.path(), "stocked", "phone").await, 1_000);
    invariants::check(data.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_makes_one_draw_however_often_it_is_sent() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let mut tasks = JoinSet::new();
    for _ in 0..100 {
        let client = server.client();
        tasks.spawn(async move { client.draw("spring", "alice", "the-one-key").await });
    }
    let answers = tasks.join_all().await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == StatusCode::CREATED).count(), 1);
    assert_eq!(answers.iter().filter(|(status, _)| *status == StatusCode::OK).count(), 99);
    assert!(answers.iter().all(|(_, draw)| *draw == answers[0].1));
    let (_, player) = server.client().get("/v1/campaigns/spring/players/alice").await;
    assert_eq!(player["made"]["total"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_chance_is_one_draw() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    server.operator().publish("once", &documents::limited("once", "{granted: 1}", "{}")).await;
    let answers = draws(&server, "once", 10, 10, |_| "alice".to_owned()).await;
    let expected = BTreeMap::from([("phone".to_owned(), 1), ("chances-exhausted".to_owned(), 9)]);
    assert_eq!(outcomes(&answers), expected);
    let (_, player) = server.client().get("/v1/campaigns/once/players/alice").await;
    assert_eq!((&player["chances"], &player["draws_left"]), (&Value::from(0), &Value::from(0)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prize_limited_to_one_is_won_once() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    server.operator().publish("limited", &documents::limited("limited", "{}", "{player: 1}")).await;
    let answers = draws(&server, "limited", 64, 64, |_| "alice".to_owned()).await;
    assert_eq!(outcomes(&answers), BTreeMap::from([("phone".to_owned(), 1), ("points".to_owned(), 63)]));
    server.kill();
    invariants::check(data.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn caps_hold_under_concurrency() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    server.operator().publish("capped", &documents::limited("capped", "{total: 7}", "{}")).await;
    let answers = draws(&server, "capped", 32, 64, |_| "alice".to_owned()).await;
    let expected = BTreeMap::from([("phone".to_owned(), 7), ("draws-exhausted".to_owned(), 57)]);
    assert_eq!(outcomes(&answers), expected);
}
