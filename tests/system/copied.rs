//! A host that has done a little of everything, moved from its file to a server by a program that is killed on the way: it goes on
//! there as if nothing had been, and so does one on what is dumped there and restored.

mod filled;

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Executor, Row};
use tempfile::TempDir;
use tombola_servers::Database;

use self::filled::{Drawn, fill};
use crate::dice::Dice;
use crate::harness::{Server, new_key};
use crate::receiver::{self, Receiver};
use crate::{mixed, reconcile};

/// How often the program that copies is killed.
const KILLS: u32 = 10;
/// How long it is let alone once it has begun to write, at most: each time so much longer, up to about what it takes.
const LONGER: Duration = Duration::from_millis(40);
/// How long what waits may take once it is called again.
const PATIENCE: Duration = Duration::from_mins(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_goes_on_on_a_server_as_if_nothing_had_been() {
    let (data, receiver, database) = (TempDir::new().unwrap(), Receiver::start().await, Database::empty().await);
    let server = receiver::start(data.path()).await;
    let drawn = fill(&server, data.path(), &receiver).await;
    let (_, keys) = server.client().get("/v1/keys").await;
    let key = keys["items"][0]["key"].as_str().unwrap().to_owned();

    // Not while it is served.
    let refused = copy(data.path(), &database.url(), &[]);
    assert!(refused.status.code() == Some(1) && told(&refused).contains("end the host"), "{}", told(&refused));
    assert_eq!(server.stranger(None).get("/readyz").await.0, StatusCode::OK);
    server.kill();
    let verified = export_and_verify(&["--data", data.path().to_str().unwrap()], data.path(), &key);
    kill_on_the_way(data.path(), &database.url()).await;
    let copied = copy(data.path(), &database.url(), &["--json"]);
    assert!(copied.status.success(), "{}", told(&copied));
    let report: Value = serde_json::from_slice(&copied.stdout).unwrap();
    assert!(report["rows"].as_u64() > Some(500), "{report:#}");

    let refused = run(&["serve", "--listen", "127.0.0.1:0", "--data", data.path().to_str().unwrap()]);
    assert!(refused.status.code() == Some(1) && told(&refused).contains("--undo"), "{}", told(&refused));
    let server = Server::serve_database(data.path(), &database.url()).await;
    is_as_before(&server, &drawn, 1).await;
    let there = ["--database", &database.url(), "--data", data.path().to_str().unwrap()];
    assert_eq!(export_and_verify(&there, data.path(), &key), verified);
    goes_on(&server).await;
    // What was to be called of was not lost on the way.
    assert!(!receiver.seen().is_empty());
    let refused = copy(data.path(), &database.url(), &[]);
    assert!(refused.status.code() == Some(1) && told(&refused).contains("no copy of this file"), "{}", told(&refused));

    let elsewhere = Database::empty().await;
    dump_and_restore(&server, &database, &elsewhere);
    server.kill();
    let server = Server::serve_database(data.path(), &elsewhere.url()).await;
    is_as_before(&server, &drawn, 2).await;
    let (_, made) = server.client().get(&format!("/v1/campaigns/{}/players/player-1", mixed::CAMPAIGN)).await;
    let (status, draw) = server.client().draw(mixed::CAMPAIGN, "player-1", &new_key()).await;
    assert_eq!(status, StatusCode::CREATED, "{draw:#}");
    assert_eq!(draw["ordinal"].as_u64(), made["made"]["total"].as_u64().map(|made| made + 1), "{made:#}");
    let there = ["--database", &elsewhere.url(), "--data", data.path().to_str().unwrap()];
    export_and_verify(&there, data.path(), &key);
}

#[tokio::test]
async fn what_was_changed_on_the_way_is_named_and_the_file_taken_back() {
    let (data, database) = (TempDir::new().unwrap(), Database::empty().await);
    let server = Server::start(data.path()).await;
    assert_eq!(server.client().draw("spring", "alice", "1").await.0, StatusCode::CREATED);
    server.kill();
    assert!(copy(data.path(), &database.url(), &[]).status.success());
    let options: PgConnectOptions = database.url().parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    connection.execute("UPDATE tombola.draws SET ordinal = 2").await.unwrap();
    let refused = copy(data.path(), &database.url(), &[]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(told(&refused).contains("draws (position 1) differs on the server in: ordinal"), "{}", told(&refused));
    connection.execute("UPDATE tombola.draws SET ordinal = 1").await.unwrap();
    let again = copy(data.path(), &database.url(), &[]);
    assert!(again.status.success() && told(&again).contains("had been copied before"), "{}", told(&again));

    let file = format!("sqlite:{}", data.path().join("tombola.db").display());
    let undone = run(&["copy", "--from", &file, "--undo"]);
    assert!(undone.status.success(), "{}", told(&undone));
    let server = Server::start(data.path()).await;
    assert_eq!(server.client().draw("spring", "alice", "1").await.0, StatusCode::OK, "the key is known");
    server.kill();
    // By now it is another one than was copied.
    let refused = copy(data.path(), &database.url(), &[]);
    assert!(refused.status.code() == Some(1) && told(&refused).contains("DROP SCHEMA"), "{}", told(&refused));

    let server = database.url();
    for (from, to, what) in [
        (&server[..], &server[..], "--from names a server"),
        (&file, &file, "--to names"),
        ("none.db", &server, "no database"),
    ] {
        let refused = run(&["copy", "--from", from, "--to", to]);
        assert!(refused.status.code() == Some(2) && told(&refused).contains(what), "{}", told(&refused));
    }
    assert_eq!(run(&["copy", "--from", &file, "--to", "postgres://nobody@127.0.0.1:1/none"]).status.code(), Some(3));
}

/// Kills copies soon after they have begun to write. In between no host has the database.
async fn kill_on_the_way(data: &Path, address: &str) {
    let mut dice = Dice::of_this_process();
    let mut copying = copying(data, address, &[]);
    copying.stdout(Stdio::null()).stderr(Stdio::null());
    let options: PgConnectOptions = address.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    let mut unfinished = 0;
    for round in 1..=KILLS {
        let mut process = copying.spawn().unwrap();
        let has_begun = "SELECT to_regclass('tombola.copying') IS NOT NULL";
        while process.try_wait().unwrap().is_none() && !connection.fetch_one(has_begun).await.unwrap().get::<bool, _>(0)
        {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(dice.up_to(LONGER * round)).await;
        process.kill().unwrap();
        process.wait().unwrap();
        let doctor = run(&["doctor", address, "--json"]);
        if String::from_utf8(doctor.stdout).unwrap().contains("a copy into the database is not done") {
            unfinished += 1;
            let place = ["--database", address, "--data", data.to_str().unwrap()];
            let refused = run(&[&["serve", "--listen", "127.0.0.1:0"], &place[..]].concat());
            assert!(told(&refused).contains("run the same tombola copy again"), "{}", told(&refused));
        }
    }
    println!("{unfinished} of {KILLS} copies were killed half-way");
}

/// Moves what a server has to another database by the server's own tools, while a client draws.
fn dump_and_restore(server: &Server, from: &Database, to: &Database) {
    let client = server.client();
    let drawing = tokio::spawn(async move {
        for number in 0.. {
            let (status, draw) = client.draw("spring", &format!("player-{number}"), &new_key()).await;
            assert_eq!(status, StatusCode::CREATED, "{draw:#}");
        }
    });
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("tombola.dump");
    tokio::task::block_in_place(|| from.dump(&file));
    assert!(!drawing.is_finished(), "a client draws meanwhile");
    drawing.abort();
    tokio::task::block_in_place(|| to.restore(&file));
}

/// Every draw is answered under its key as it was, and nothing differs from what it should be the same as. Each host that found a copy has
/// begun a new epoch.
async fn is_as_before(server: &Server, drawn: &Drawn, copies: usize) {
    let client = server.client();
    for (key, player, before) in drawn {
        let (status, draw) = client.draw(mixed::CAMPAIGN, player, key).await;
        assert_eq!(status, StatusCode::OK, "{draw:#}");
        for member in ["id", "ordinal", "revision", "outcome", "receipt", "drawn_at"] {
            assert_eq!(draw[member], before[member], "{draw:#}");
        }
    }
    let pass = reconcile::reconcile(&server.operator()).await;
    assert_eq!((&pass["found"], &pass["open"]), (&json!(0), &json!(0)), "{pass:#}");
    assert!(pass["rows"].as_u64() > Some(300), "{pass:#}");
    let (_, epochs) = client.get("/v1/epochs").await;
    let phases: Vec<_> = epochs["items"].as_array().unwrap().iter().map(|epoch| &epoch["state"]).collect();
    let expected = [&["announced", "current"], &["abandoned"].repeat(2 * copies)[..], &["ended"]].concat();
    assert_eq!(phases, expected, "{epochs:#}");
}

/// Whatever gives a number or takes a unit does so behind what was there, and what waited is done.
async fn goes_on(server: &Server) {
    let (client, operator) = (server.client(), server.operator());
    let resume = format!("/v1/operator/campaigns/{}/resume", mixed::CAMPAIGN);
    let (status, resumed) = operator.post(&resume, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{resumed:#}");
    server.told(&["switch", "set", "deliveries-off", "off", "--reason", "the receiver is there"]);
    let (_, before) = client.get(&format!("/v1/campaigns/{}/players/player-1", mixed::CAMPAIGN)).await;
    let (status, draw) = client.draw(mixed::CAMPAIGN, "player-1", &new_key()).await;
    assert_eq!(status, StatusCode::CREATED, "{draw:#}");
    assert_eq!(draw["ordinal"].as_u64(), before["made"]["total"].as_u64().map(|made| made + 1), "{before:#}");
    server.told(&["ledger", "give", "player-1", "points", "100"]);
    let order = format!("/v1/campaigns/{}/orders", mixed::CAMPAIGN);
    let (status, order) = client.post(&order, &json!({"player": "player-1", "sku": "five"})).await;
    assert_eq!(status, StatusCode::CREATED, "{order:#}");
    let (status, hold) = client.post("/v1/players/player-1/holds", &json!({"unit": "points", "amount": 1})).await;
    assert_eq!(status, StatusCode::CREATED, "{hold:#}");
    let (status, list) = operator.put("/v1/operator/lists/vip", &json!({"replace": ["player-3"]})).await;
    assert_eq!(status, StatusCode::OK, "{list:#}");
    let began = Instant::now();
    loop {
        let (_, page) = operator.get("/v1/operator/awards?state=pending").await;
        let (_, waiting) = client.get("/v1/players/player-0/events/event-9").await;
        if page["items"] == json!([]) && waiting["campaigns"][0]["state"] == "decided" {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "{page:#} {waiting:#}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let pass = reconcile::reconcile(&operator).await;
    assert_eq!((&pass["found"], &pass["open"]), (&json!(0), &json!(0)), "{pass:#}");
}

/// What comes of verifying all receipts of a database.
pub(crate) fn export_and_verify(place: &[&str], folder: &Path, key: &str) -> (Option<i32>, String) {
    let file = folder.join(new_key());
    let file = file.to_str().unwrap();
    let exported = run(&[&["export", file], place].concat());
    assert!(exported.status.success(), "{}", told(&exported));
    let verified = run(&["verify", file, "--key", key, "--json"]);
    (verified.status.code(), String::from_utf8(verified.stdout).unwrap())
}

fn copying(data: &Path, to: &str, more: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_tombola"));
    let from = format!("sqlite:{}", data.join("tombola.db").display());
    program.args(["copy", "--from", &from, "--to", to]).args(more);
    program
}

pub(crate) fn copy(data: &Path, to: &str, more: &[&str]) -> Output {
    copying(data, to, more).output().unwrap()
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tombola")).args(arguments).output().unwrap()
}

pub(crate) fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
