//! A host that holds what it keeps against itself: nothing false while it is busy, and everything that was planted behind its back.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::harness::{Caller, Server, answer, new_key};
use crate::invariants;

const CAMPAIGN: &str = "busy";
const PATH: &str = "/v1/operator/reconciliation";

/// Draws win points, chances and what is counted, and events and orders bring more of them; some of it out of a budget.
fn document() -> String {
    format!(
        "campaign: {CAMPAIGN}\ntitle: Busy\nwindow: {{opens: 2020-01-01T00:00:00Z}}\nchances: {{granted: 1000}}\nbudget: {{unit: points}}\n\
         prizes:\n  - {{id: mug, title: Mug, stock: 40, value: 4}}\n  - {{id: coins, title: Coins, stock: unlimited, deliver: {{points: 3}}}}\n  \
         - {{id: more, title: More, stock: unlimited, deliver: {{chances: 2}}}}\n\
         pools: {{default: {{mug: 1, coins: 1, more: 1}}}}\n\
         trees: {{default: {{root: hand-over, nodes: {{hand-over: {{grant: drawn, sold_out: comfort}}, comfort: {{grant: coins}}}}}}}}\n\
         skus: [{{id: five, title: Five more, chances: 5, price: {{unit: points, amount: 2}}, stock: 20}}]\n\
         events: {{visit: {{}}}}\n\
         rebates:\n  - {{id: daily, on: visit, rule: sign-in@1, config: {{chances: 1}}}}\n  \
         - {{id: bring, on: visit, rule: referral@1, config: {{referrer: [{{unit: points, amount: 7}}], player: [{{chances: 1}}]}}}}\n"
    )
}

async fn start(data: &Path) -> Server {
    let server = Server::start(data).await;
    set_up(&server.operator()).await;
    server
}

async fn set_up(operator: &Caller) {
    operator.publish(CAMPAIGN, &document()).await;
    let budget = format!("/v1/operator/campaigns/{CAMPAIGN}/budget");
    let (status, filled) = operator.post(&budget, &json!({"unit": "points", "add": 1_000_000})).await;
    assert_eq!(status, StatusCode::OK, "{filled:#}");
}

pub(crate) async fn reconcile(operator: &Caller) -> Value {
    let request = operator.request(Method::POST, PATH).header("Idempotency-Key", new_key());
    let (status, pass) = answer(request).await.expect("an answer");
    assert_eq!(status, StatusCode::OK, "{pass:#}");
    pass
}

/// One player's turn: an event, points, an order and a draw.
async fn play(server: &Server, number: usize) {
    let player = format!("p{}", number % 12);
    let client = server.client();
    let event =
        json!({"id": format!("e{number}"), "type": "visit", "player": player, "referrer": format!("r{}", number % 3)});
    client.post("/v1/events", &event).await;
    if number.is_multiple_of(4) {
        let points = format!("/v1/operator/players/{player}/balances");
        server.operator().post(&points, &json!({"unit": "points", "add": 9})).await;
        client.post(&format!("/v1/campaigns/{CAMPAIGN}/orders"), &json!({"player": player, "sku": "five"})).await;
    }
    client.draw(CAMPAIGN, &player, &new_key()).await;
}

/// Until everything that was won is handed over.
async fn settled(operator: &Caller) {
    for _ in 0..600 {
        let (_, page) = operator.get("/v1/operator/awards?state=pending").await;
        if page["items"].as_array().unwrap().is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("awards wait for ever");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_host_has_no_difference() {
    let data = TempDir::new().unwrap();
    let server = Arc::new(start(data.path()).await);
    let done = Arc::new(AtomicBool::new(false));
    let mut players = JoinSet::new();
    for number in 0..8 {
        let (server, done) = (Arc::clone(&server), Arc::clone(&done));
        players.spawn(async move {
            let mut turn = number;
            while !done.load(Ordering::Relaxed) {
                play(&server, turn).await;
                turn += 8;
            }
        });
    }
    let mut rows = 0;
    for _ in 0..20 {
        let pass = reconcile(&server.operator()).await;
        assert_eq!((&pass["found"], &pass["open"]), (&json!(0), &json!(0)), "{pass:#}");
        rows = pass["rows"].as_u64().unwrap();
    }
    done.store(true, Ordering::Relaxed);
    players.join_all().await;
    assert!(rows > 500, "there was something to compare: {rows}");
    let (_, differences) = server.operator().get(PATH).await;
    assert_eq!(differences, json!({"items": []}));
    Arc::into_inner(server).unwrap().kill();
    invariants::check(data.path()).await;
}

/// Does to the file what no host does.
pub(crate) async fn plant(data: &Path, drift: &'static str) {
    let options = SqliteConnectOptions::new().filename(data.join("tombola.db")).foreign_keys(false);
    let mut database = options.connect().await.unwrap();
    database.execute("PRAGMA ignore_check_constraints = ON").await.unwrap();
    let planted = database.execute(drift).await.unwrap();
    assert!(planted.rows_affected() > 0, "{drift}");
    database.close().await.unwrap();
}

/// One more of the budget for the first mug, with all that its accounts show; and back.
const CHARGED_MORE: &str = "DROP TRIGGER transfers_are_not_changed;
    UPDATE transfers SET amount = amount + 1 WHERE number = (SELECT min(t.number) FROM transfers t JOIN postings p ON p.number = posting
                                                             WHERE p.key LIKE 'prize:%');
    UPDATE accounts SET balance = balance - 1 WHERE kind = 'budget'; UPDATE accounts SET balance = balance + 1 WHERE kind = 'prize'";
const CHARGED_LESS: &str = "
    UPDATE transfers SET amount = amount - 1 WHERE number = (SELECT min(t.number) FROM transfers t JOIN postings p ON p.number = posting
                                                             WHERE p.key LIKE 'prize:%');
    UPDATE accounts SET balance = balance + 1 WHERE kind = 'budget'; UPDATE accounts SET balance = balance - 1 WHERE kind = 'prize';
    CREATE TRIGGER transfers_are_not_changed BEFORE UPDATE ON transfers
    BEGIN SELECT raise(ABORT, 'transfers are append-only'); END";

/// What is planted into a host that runs is in the next pass, and raises the alarm: metric, log, list, exit code. What is missing
/// comes back.
#[tokio::test]
async fn drift_is_found_raised_and_repaired() {
    let data = TempDir::new().unwrap();
    let log = data.path().join("log");
    let mut program = Server::program(data.path());
    program.stderr(std::fs::File::create(&log).unwrap());
    let server = Server::start_by(program).await;
    let operator = server.operator();
    set_up(&operator).await;
    for number in 0..40 {
        play(&server, number).await;
    }
    settled(&operator).await;
    assert_eq!(reconcile(&operator).await["found"], 0);

    let missing = "DELETE FROM chance_grants WHERE key = (SELECT min(key) FROM chance_grants WHERE key LIKE 'award:%');
                   UPDATE participations SET chances_added = (SELECT sum(amount) FROM chance_grants g
                   WHERE g.player = participations.player AND g.campaign = participations.campaign)";
    plant(data.path(), missing).await;
    let pass = reconcile(&operator).await;
    assert_eq!([&pass["found"], &pass["new"], &pass["repaired"], &pass["open"]], [1, 1, 1, 0], "{pass:#}");
    let pass = reconcile(&operator).await;
    assert_eq!([&pass["found"], &pass["open"]], [0, 0], "{pass:#}");
    let (_, list) = operator.get(PATH).await;
    let [repaired] = &list["items"].as_array().unwrap()[..] else { panic!("{list:#}") };
    assert_eq!(
        (&repaired["comparison"], &repaired["found"], &repaired["expected"]),
        (&json!("award_chances"), &json!(0), &json!(2))
    );
    assert!(repaired["repaired_at"].is_string() && repaired["gone_at"].is_string(), "{repaired:#}");

    for (drift, back, comparison) in [
        (
            "UPDATE participations SET chances_used = chances_used + 1 WHERE player = 'p1'",
            "UPDATE participations SET chances_used = chances_used - 1 WHERE player = 'p1'",
            "chances_used",
        ),
        (
            "UPDATE stock SET issued = issued + 1 WHERE prize = 'mug'",
            "UPDATE stock SET issued = issued - 1 WHERE prize = 'mug'",
            "stock",
        ),
        (CHARGED_MORE, CHARGED_LESS, "award_cost"),
    ] {
        plant(data.path(), drift).await;
        let pass = reconcile(&operator).await;
        assert_eq!([&pass["found"], &pass["new"], &pass["repaired"], &pass["open"]], [1, 1, 0, 1], "{drift}: {pass:#}");
        let (_, list) = operator.get(&format!("{PATH}?limit=1")).await;
        let open = &list["items"][0];
        assert_eq!(open["comparison"], comparison, "the open one comes first: {list:#}");
        let amount = |side: &str| open[side].as_i64().unwrap();
        assert_eq!(amount("found"), amount("expected") + 1, "{open:#}");
        let metrics = operator.request(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
        assert!(metrics.lines().any(|line| line == "tombola_reconciliation_differences 1"), "{metrics}");
        let mut program = Command::new(env!("CARGO_BIN_EXE_tombola"));
        program.args(["reconcile", "--url", &server.url, "--token", server.operator_token()]);
        let told = program.output().unwrap();
        let text = String::from_utf8(told.stdout).unwrap();
        assert_eq!(told.status.code(), Some(1), "{text}");
        assert!(text.contains(comparison) && text.contains("1 are open"), "{text}");
        plant(data.path(), back).await;
        assert_eq!(reconcile(&operator).await["open"], 0);
    }
    let (_, list) = operator.get(&format!("{PATH}?limit=2")).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    let (_, rest) = operator.get(&format!("{PATH}?limit=2&cursor={}", list["next"].as_str().unwrap())).await;
    assert_eq!((rest["items"].as_array().unwrap().len(), rest.get("next")), (2, None), "{rest:#}");

    let (_, record) = operator.get("/v1/operator/audit?what=reconcile").await;
    assert_eq!(record["items"].as_array().unwrap().len(), 12, "{record:#}");
    server.kill();
    let log = std::fs::read_to_string(log).unwrap();
    let errors: Vec<_> = log.lines().filter(|line| line.contains("ERROR")).collect();
    assert_eq!(errors.len(), 4, "{errors:#?}");
    // Ids of awards may hold these letters as part of a longer word.
    let names = |line: &str| line.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|word| word == "p1");
    assert!(!errors.iter().any(|line| names(line)), "no player is named: {errors:#?}");
    invariants::check(data.path()).await;
}

/// Under one key it is made once.
#[tokio::test]
async fn a_pass_is_made_once_for_its_key() {
    let data = TempDir::new().unwrap();
    let server = start(data.path()).await;
    let operator = server.operator();
    let ask = async |query: &str| {
        let request = operator.request(Method::POST, &format!("{PATH}{query}")).header("Idempotency-Key", "once");
        answer(request).await.unwrap()
    };
    let (status, first) = ask("").await;
    assert_eq!(status, StatusCode::OK, "{first:#}");
    play(&server, 0).await;
    assert_eq!(ask("").await, (StatusCode::OK, first));
    let (status, reused) = ask("?reason=other").await;
    assert_eq!((status, &reused["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("idempotency-key-reused")));
    server.kill();
}
