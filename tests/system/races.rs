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

/// A request for several draws by each of these players, all at once.
async fn series(server: &Server, campaign: &str, players: Vec<String>, count: u32) -> Vec<(StatusCode, Value)> {
    let mut tasks = JoinSet::new();
    for player in players {
        let (client, campaign) = (server.client(), campaign.to_owned());
        tasks.spawn(async move { client.draw_many(&campaign, &player, &new_key(), count).await });
    }
    tasks.join_all().await
}

fn phones(series: &Value) -> usize {
    series["draws"].as_array().unwrap().iter().filter(|draw| draw["outcome"]["prize"] == "phone").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn series_share_the_last_units_within_their_limits() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let document = documents::limited("scarce", "{}", "{player: 5}").replace("stock: 1000", "stock: 150");
    server.operator().publish("scarce", &document).await;
    let answers = series(&server, "scarce", (0..60).map(|number| format!("player-{number}")).collect(), 10).await;
    let mut won = 0;
    for (status, body) in &answers {
        assert_eq!(*status, StatusCode::CREATED, "{body:#}");
        assert_eq!(body["draws"].as_array().unwrap().len(), 10);
        assert!(phones(body) <= 5, "{body:#}");
        won += phones(body);
    }
    assert_eq!(won, 150);
    server.kill();
    assert_eq!(invariants::issued(data.path(), "scarce", "phone").await, 150);
    invariants::check(data.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_series_is_drawn_whole_or_not_at_all() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    server.operator().publish("capped", &documents::limited("capped", "{total: 12}", "{player: 7}")).await;
    let answers = series(&server, "capped", vec!["alice".to_owned(); 16], 5).await;
    let (drawn, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|(status, _)| *status == StatusCode::CREATED);
    assert_eq!((drawn.len(), drawn.iter().map(|(_, body)| phones(body)).sum::<usize>()), (2, 7));
    let mut ordinals: Vec<_> = drawn.iter().map(|(_, body)| body["draws"][0]["ordinal"].as_u64().unwrap()).collect();
    ordinals.sort_unstable();
    assert_eq!(ordinals, [1, 6]);
    for (status, problem) in refused {
        let told = (*status, problem["code"].as_str(), problem["draw_number"].as_u64());
        assert_eq!(told, (StatusCode::CONFLICT, Some("draws-exhausted"), Some(3)), "{problem:#}");
    }
    server.kill();
    invariants::check(data.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_makes_one_series_however_often_it_is_sent() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let mut tasks = JoinSet::new();
    for _ in 0..32 {
        let client = server.client();
        tasks.spawn(async move { client.draw_many("spring", "alice", "the-one-key", 10).await });
    }
    let answers = tasks.join_all().await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == StatusCode::CREATED).count(), 1);
    assert_eq!(answers.iter().filter(|(status, _)| *status == StatusCode::OK).count(), 31);
    assert!(answers.iter().all(|(_, series)| *series == answers[0].1));
    let (_, player) = server.client().get("/v1/campaigns/spring/players/alice").await;
    assert_eq!(player["made"]["total"], 10);
}
