//! `kill -9` in the middle of the load, over and over: what was acknowledged is there, what was not is done once at most.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::harness::Server;
use crate::{documents, invariants};

const CLIENTS: usize = 32;
const PLAYERS: u64 = 200;

/// A draw as a client knows it: what it asked, and what it was told, if anything.
struct Asked {
    player: String,
    key: String,
    told: Option<Value>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nothing_is_drawn_twice() {
    rounds(4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: `make soak`"]
async fn soak_nothing_acknowledged_is_lost_and_nothing_is_drawn_twice() {
    rounds(60).await;
}

async fn rounds(count: u64) {
    let data = TempDir::new().unwrap();
    let mut server = Server::start(data.path()).await;
    server.operator().publish("stocked", &documents::counted("stocked", 3_000)).await;
    let mut asked: Vec<Asked> = Vec::new();
    let numbers = Arc::new(AtomicU64::new(0));
    for round in 0..count {
        let load = load(&server, &numbers);
        // A different moment each round; how much was drawn by then does not matter, only that the load goes on.
        tokio::time::sleep(Duration::from_millis(400 + 170 * (round % 7))).await;
        server.kill();
        asked.extend(load.join_all().await.into_iter().flatten());
        invariants::check(data.path()).await;
        invariants::no_chance_is_lost(data.path(), "stocked").await;
        let other = copy_of(data.path());
        server = Server::start(data.path()).await;
        settle(&server, other.path(), &mut asked).await;
    }
    assert!(asked.len() > 100, "the load was real");
    acknowledged_draws_are_there(&server, &asked).await;
    server.kill();
    invariants::check(data.path()).await;
}

/// Clients that draw until their server is gone.
fn load(server: &Server, numbers: &Arc<AtomicU64>) -> JoinSet<Vec<Asked>> {
    let mut tasks = JoinSet::new();
    for _ in 0..CLIENTS {
        let (client, numbers) = (server.client(), Arc::clone(numbers));
        tasks.spawn(async move {
            let mut asked = Vec::new();
            loop {
                let number = numbers.fetch_add(1, Ordering::Relaxed);
                let (player, key) = (format!("player-{}", number % PLAYERS), format!("draw-{number}"));
                let answer = client.try_draw("stocked", &player, &key).await;
                let told = answer.map(|(status, draw)| {
                    assert_eq!(status, StatusCode::CREATED, "{draw:#}");
                    draw
                });
                let is_gone = told.is_none();
                asked.push(Asked { player, key, told });
                if is_gone {
                    return asked;
                }
            }
        });
    }
    tasks
}

/// Repeats what was not acknowledged. A draw that was committed comes back; any other takes the player's next ordinal, and on
/// a copy of the same database, asked under other keys and in another order, that ordinal has the same ticket.
async fn settle(server: &Server, copy: &Path, asked: &mut [Asked]) {
    let mut open: Vec<&mut Asked> = asked.iter_mut().filter(|asked| asked.told.is_none()).collect();
    let mut fresh = HashMap::new();
    for asked in &mut open {
        let (status, draw) = server.client().draw("stocked", &asked.player, &asked.key).await;
        assert!(status.is_success(), "{draw:#}");
        if status == StatusCode::CREATED {
            fresh.insert((asked.player.clone(), draw["ordinal"].as_u64().unwrap()), chance_of(server, &draw).await);
        }
        asked.told = Some(draw);
    }
    let other = Server::start(copy).await;
    let mut players: BTreeMap<&str, u64> = BTreeMap::new();
    for (player, _) in fresh.keys() {
        *players.entry(player).or_default() += 1;
    }
    for (player, count) in players.into_iter().rev() {
        for number in 0..count {
            let (_, draw) = other.client().draw("stocked", player, &format!("elsewhere-{number}")).await;
            let ordinal = draw["ordinal"].as_u64().unwrap();
            assert_eq!(fresh[&(player.to_owned(), ordinal)], chance_of(&other, &draw).await, "{player} {ordinal}");
        }
    }
}

/// Where a draw's chance came from: its seed, and the ticket that it gave.
async fn chance_of(server: &Server, draw: &Value) -> (Value, Value) {
    let (_, receipt) = server.client().get(&format!("/v1/draws/{}/receipt", draw["id"].as_str().unwrap())).await;
    (receipt["seed"].clone(), receipt["ticket"].clone())
}

async fn acknowledged_draws_are_there(server: &Server, asked: &[Asked]) {
    let client = server.client();
    for Asked { player, key, told } in asked {
        let (status, draw) = client.draw("stocked", player, key).await;
        assert_eq!((status, Some(&draw)), (StatusCode::OK, told.as_ref()));
    }
}

fn copy_of(data: &Path) -> TempDir {
    let copy = TempDir::new().unwrap();
    for entry in std::fs::read_dir(data).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    copy
}
