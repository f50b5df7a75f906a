//! `kill -9` in the middle of the load, over and over: what was acknowledged is there, what was not is done once at most.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::dice::Dice;
use crate::harness::{Caller, Server, answer, new_key};
use crate::load::{self, Asked, CAMPAIGN, Load, Numbers};
use crate::{documents, invariants};

/// How long a load goes on before its server is killed, at most.
const LOAD_MAX: Duration = Duration::from_millis(1_200);
/// How long a server may start before it is killed, at most: more than it takes.
const START_MAX: Duration = Duration::from_millis(600);
/// Of so many rounds, one looks whether what was not acknowledged has the same chances elsewhere: two more starts.
const ELSEWHERE_EVERY: u64 = 5;
/// Between two of an operator's writes.
const BREAK: Duration = Duration::from_millis(15);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nothing_is_drawn_twice() {
    rounds(20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: `make soak`"]
async fn soak_nothing_acknowledged_is_lost_and_nothing_is_drawn_twice() {
    rounds(100).await;
}

/// A server that is killed while it makes its database, its key and its campaign, or takes them over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_start_may_be_killed_at_any_moment() {
    let mut dice = Dice::of_this_process();
    for _ in 0..5 {
        let data = TempDir::new().unwrap();
        for _ in 0..4 {
            killed_while_starting(data.path(), &mut dice).await;
        }
        let server = Server::start(data.path()).await;
        let (status, draw) = server.client().draw("spring", "alice", "first").await;
        assert_eq!((status, &draw["ordinal"]), (StatusCode::CREATED, &json!(1)), "{draw:#}");
        server.kill();
        invariants::check(data.path()).await;
    }
}

async fn rounds(count: u64) {
    let data = TempDir::new().unwrap();
    let mut dice = Dice::of_this_process();
    let mut server = Server::start(data.path()).await;
    server.operator().publish(CAMPAIGN, &documents::counted(CAMPAIGN, 3_000)).await;
    let (mut asked, numbers) = (Vec::new(), Numbers::default());
    // So that there is somebody to look at, however soon the first server dies.
    server.client().draw(CAMPAIGN, "alice", "first").await;
    for round in 0..count {
        let load = Load::start(&server, &numbers);
        let changes = tokio::spawn(change_what_draws_run_on(server.operator(), dice.again()));
        tokio::time::sleep(dice.up_to(LOAD_MAX)).await;
        server.kill();
        asked.extend(load.gone().await);
        invariants::check(data.path()).await;
        invariants::no_chance_is_lost(data.path(), CAMPAIGN).await;
        are_recorded(data.path(), changes).await;
        if dice.below(2) == 0 {
            killed_while_starting(data.path(), &mut dice).await;
        }
        let other = copy_of(data.path());
        server = Server::start(data.path()).await;
        resume(&server).await;
        let fresh = settle(&server, &mut asked).await;
        if round % ELSEWHERE_EVERY == 0 {
            are_the_same_elsewhere(other.path(), &fresh).await;
        }
    }
    assert!(asked.len() > 100, "the load was real");
    load::are_there(&server, &asked).await;
    server.kill();
    invariants::check(data.path()).await;
    let expected = 1 + asked.iter().map(Asked::count).sum::<u64>();
    assert_eq!(invariants::draws(data.path(), CAMPAIGN).await, expected, "each key once, and no other");
}

/// Starts a server and kills it soon, whatever it is doing.
async fn killed_while_starting(data: &Path, dice: &mut Dice) {
    let mut program: Command = Server::program(data);
    let mut process = program.stdout(std::process::Stdio::null()).spawn().unwrap();
    tokio::time::sleep(dice.up_to(START_MAX)).await;
    process.kill().unwrap();
    process.wait().unwrap();
}

/// An operator who restocks, publishes, pauses and rotates until the server is gone, and answers the keys of what was
/// acknowledged.
async fn change_what_draws_run_on(operator: Caller, mut dice: Dice) -> Vec<String> {
    let mut acknowledged = Vec::new();
    loop {
        let key = new_key();
        let of_campaign = |path: &str| format!("/v1/operator/campaigns/{CAMPAIGN}/{path}");
        let post = |path: &str| operator.request(Method::POST, path).header("Idempotency-Key", key.clone());
        let request = match dice.below(6) {
            0 | 1 => post(&of_campaign("prizes/phone/stock")).json(&json!({"add": 50, "reason": "more came"})),
            2 => {
                let document = documents::counted(CAMPAIGN, 3_000).replacen("title: ", &format!("title: {key} "), 1);
                post(&of_campaign("revisions")).header("Content-Type", "application/yaml").body(document)
            }
            3 => post(&of_campaign("pause")).json(&json!({})),
            4 => post(&of_campaign("resume")).json(&json!({})),
            _ => post("/v1/operator/epochs"),
        };
        let Some((status, body)) = answer(request).await else { return acknowledged };
        assert!(status.is_success(), "{body:#}");
        acknowledged.push(key);
        // Draws go on in between.
        if acknowledged.len().is_multiple_of(4) && resume_as(&operator).await.is_none() {
            return acknowledged;
        }
        tokio::time::sleep(BREAK).await;
    }
}

async fn are_recorded(data: &Path, changes: JoinHandle<Vec<String>>) {
    for key in changes.await.unwrap() {
        assert_eq!(invariants::operations(data, &key).await, 1, "what an operator was told is recorded once");
    }
}

async fn resume(server: &Server) {
    let (status, body) = resume_as(&server.operator()).await.expect("an answer");
    assert!(status.is_success(), "{body:#}");
}

async fn resume_as(operator: &Caller) -> Option<(StatusCode, Value)> {
    let resume = operator.request(Method::POST, &format!("/v1/operator/campaigns/{CAMPAIGN}/resume"));
    answer(resume.header("Idempotency-Key", new_key()).json(&json!({}))).await
}

/// Where a draw's chance came from: its seed, and the ticket that it gave.
type Chance = (Value, Value);

/// Repeats what was not acknowledged. A draw that was committed comes back; any other takes the player's next ordinal. Answers
/// the chances of those, by player and ordinal.
async fn settle(server: &Server, asked: &mut [Asked]) -> HashMap<(String, u64), Chance> {
    let mut fresh = HashMap::new();
    for asked in asked.iter_mut().filter(|asked| asked.told.is_none()) {
        let (status, told) = asked.ask(&server.client()).await.expect("an answer");
        assert!(status.is_success(), "{told:#}");
        if status == StatusCode::CREATED {
            for draw in load::draws(&told) {
                let ordinal = draw["ordinal"].as_u64().unwrap();
                fresh.insert((asked.player.clone(), ordinal), chance_of(server, draw).await);
            }
        }
        asked.told = Some(told);
    }
    fresh
}

/// On a copy of the same database, asked under other keys and in another order, each ordinal has the same chance.
async fn are_the_same_elsewhere(copy: &Path, fresh: &HashMap<(String, u64), Chance>) {
    let other = Server::start(copy).await;
    resume(&other).await;
    let mut players: BTreeMap<&str, u64> = BTreeMap::new();
    for (player, _) in fresh.keys() {
        *players.entry(player).or_default() += 1;
    }
    for (player, count) in players.into_iter().rev() {
        for number in 0..count {
            let (_, draw) = other.client().draw(CAMPAIGN, player, &format!("elsewhere-{number}")).await;
            let ordinal = draw["ordinal"].as_u64().unwrap();
            assert_eq!(fresh[&(player.to_owned(), ordinal)], chance_of(&other, &draw).await, "{player} {ordinal}");
        }
    }
}

async fn chance_of(server: &Server, draw: &Value) -> Chance {
    let (_, receipt) = server.client().get(&format!("/v1/draws/{}/receipt", draw["id"].as_str().unwrap())).await;
    (receipt["seed"].clone(), receipt["ticket"].clone())
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
