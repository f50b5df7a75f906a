//! Receipts that are kept for days, of a campaign that closed years ago.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tempfile::TempDir;

use crate::audit::{export, key, verify};
use crate::harness::Server;
use crate::players::exported;
use crate::{documents, invariants, reconcile};

/// How long it may take until a host of a busy machine has dropped a few receipts.
const PATIENCE: Duration = Duration::from_mins(1);

/// Serves the folder of a demo, and keeps receipts for so many days.
async fn serve(data: &Path, payloads_days: u32) -> Server {
    let mut program = Command::new(env!("CARGO_BIN_EXE_tombola"));
    program
        .args(["serve", "--listen", "127.0.0.1:0", "--payloads-days", &payloads_days.to_string(), "--data"])
        .arg(data);
    let tokens: Value = serde_json::from_slice(&std::fs::read(data.join("tokens.json")).unwrap()).unwrap();
    let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
    Server::serve(program, token("client_token"), token("operator_token")).await
}

async fn connect(data: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(data.join("tombola.db")).connect().await.unwrap()
}

/// Has a campaign's draws be of three years ago.
async fn age(data: &Path, campaign: &str, draws: u64) {
    let mut database = connect(data).await;
    let aged = "UPDATE draws SET drawn_at = drawn_at - 3 * 365 * 86400000 WHERE campaign = ?";
    assert_eq!(sqlx::query(aged).bind(campaign).execute(&mut database).await.unwrap().rows_affected(), draws);
    database.close().await.unwrap();
}

/// A campaign that takes draws until it closed years ago.
fn gone(closes: Option<&str>) -> String {
    let closes = closes.map_or_else(String::new, |closes| format!(", closes: {closes}"));
    let window = format!("opens: 2020-01-01T00:00:00Z{closes}");
    documents::stocked("gone", 2).replace("opens: 2020-01-01T00:00:00Z", &window)
}

fn receipt_of(draw: &Value) -> String {
    format!("/v1/draws/{}/receipt", draw["id"].as_str().unwrap())
}

/// They are answered for as what they are, and nothing else changes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receipts_go_and_their_draws_stay() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    for (campaign, document) in [("gone", gone(None)), ("kept", documents::stocked("kept", 2))] {
        server.operator().publish(campaign, &document).await;
    }
    let mut gone = Vec::new();
    for (number, player) in ["alice", "bob", "alice"].into_iter().enumerate() {
        gone.push(server.client().draw("gone", player, &format!("key-{number}")).await.1);
    }
    let (_, kept) = server.client().draw("kept", "alice", "key").await;
    server.operator().publish("gone", &self::gone(Some("2021-01-01T00:00:00Z"))).await;
    server.kill();
    age(data.path(), "gone", 3).await;

    // As long as they are kept for ever nothing goes, and with days it goes when the host has started.
    let server = serve(data.path(), 0).await;
    for draw in &mut gone {
        assert_eq!(server.client().get(&receipt_of(draw)).await.0, StatusCode::OK);
        *draw = server.client().drawn(draw["id"].as_str().unwrap()).await.1;
    }
    server.kill();
    let server = serve(data.path(), 730).await;
    let client = server.client();
    let going = async {
        for draw in &gone {
            while client.get(&receipt_of(draw)).await.0 != StatusCode::GONE {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    };
    tokio::time::timeout(PATIENCE, going).await.expect("receipts go");
    for (number, draw) in gone.iter().enumerate() {
        let (_, problem) = client.get(&receipt_of(draw)).await;
        assert_eq!(
            (&problem["code"], &problem["retryable"]),
            (&json!("receipt-expired"), &json!(false)),
            "{problem:#}"
        );
        assert_eq!(client.drawn(draw["id"].as_str().unwrap()).await, (StatusCode::OK, draw.clone()));
        let again = client.draw("gone", draw["player"].as_str().unwrap(), &format!("key-{number}")).await;
        assert_eq!(again, (StatusCode::OK, draw.clone()), "a key is answered as it was");
    }
    assert_eq!(client.get(&receipt_of(&kept)).await.0, StatusCode::OK);
    let stranger = server.stranger(None).get(&receipt_of(&gone[0])).await;
    assert_eq!(stranger.0, StatusCode::UNAUTHORIZED);
    assert_eq!(client.get("/v1/draws/another/receipt").await.0, StatusCode::NOT_FOUND);
    assert_eq!(reconcile::reconcile(&server.operator()).await["found"], 0);
    let lines = exported(&server, "alice").await;
    let bare = lines.iter().filter(|line| line["kind"] == "draw" && line["receipt_bytes"].is_null()).count();
    assert_eq!(bare, 2, "{lines:#?}");

    let (file, key) = (data.path().join("all.jsonl"), key(&server).await);
    export(data.path(), &file);
    let (code, counts) = verify(&[&file], Some(&key));
    assert_eq!((code, &counts["authentic"], &counts["dropped"]), (0, &json!(1), &json!(3)), "{counts:#}");
    server.kill();
    invariants::check(data.path()).await;
}

/// Draws of one request.
const SERIES: u64 = 100;
/// Requests: as many draws as are looked at in several steps.
const REQUESTS: u64 = 45;

/// Draws that have lost their receipts so far.
async fn dropped(database: &mut SqliteConnection) -> u64 {
    let dropped: i64 =
        sqlx::query_scalar("SELECT coalesce(sum(draws), 0) FROM dropped_receipts").fetch_one(database).await.unwrap();
    u64::try_from(dropped).unwrap()
}

/// Each goes once and is counted once, and what stays is there, whenever the host is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_is_killed_while_receipts_go_goes_on_with_it() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    for (campaign, document) in [("gone", gone(None)), ("kept", documents::stocked("kept", 2))] {
        server.operator().publish(campaign, &document).await;
    }
    for number in 0..REQUESTS {
        let body = json!({"player": format!("player-{number}"), "count": SERIES});
        assert_eq!(server.client().post("/v1/campaigns/gone/draws", &body).await.0, StatusCode::CREATED);
    }
    server.client().draw("kept", "alice", "key").await;
    server.operator().publish("gone", &gone(Some("2021-01-01T00:00:00Z"))).await;
    let key = key(&server).await;
    server.kill();
    age(data.path(), "gone", REQUESTS * SERIES).await;

    let mut before = 0;
    while before < REQUESTS * SERIES {
        let server = serve(data.path(), 730).await;
        let mut database = connect(data.path()).await;
        let more = async {
            loop {
                let now = dropped(&mut database).await;
                if now > before {
                    return now;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        before = tokio::time::timeout(PATIENCE, more).await.expect("receipts go");
        database.close().await.unwrap();
        server.kill();
    }
    let server = serve(data.path(), 730).await;
    assert_eq!(reconcile::reconcile(&server.operator()).await["found"], 0);
    server.kill();
    let file = data.path().join("all.jsonl");
    export(data.path(), &file);
    let (code, counts) = verify(&[&file], Some(&key));
    assert_eq!(
        (code, &counts["authentic"], &counts["dropped"]),
        (0, &json!(1), &json!(REQUESTS * SERIES)),
        "{counts:#}"
    );
    invariants::check(data.path()).await;
}
