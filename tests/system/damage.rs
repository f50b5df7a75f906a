//! Damage in one row harms whoever that row is of, and nobody else.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::harness::{Server, answer, new_key};
use crate::invariants;
use crate::reconcile::{plant, reconcile};

const CAMPAIGN: &str = "harmed";
const DOCUMENT: &str = "campaign: harmed\ntitle: Harmed\nwindow: {opens: 2020-01-01T00:00:00Z}\n\
    prizes: [{id: coins, title: Coins, stock: unlimited, deliver: {points: 3}}]\npools: {default: {coins: 1}}\n\
    skus: [{id: one, title: One more, chances: 1, price: {unit: points, amount: 1}, stock: 1000}]\nchances: {granted: 1000}\n\
    events: {visit: {}}\nrebates: [{id: each, on: visit, rule: milestone@1, config: {every: 1, rewards: [{chances: 1}]}}]\n";
const PLAYERS: usize = 64;
/// The next draw of the player whose is damaged has an ordinal that is there.
const HARM: &str = "UPDATE participations SET draws = draws - 1 WHERE player = 'p7'";
const MEND: &str = "UPDATE participations SET draws = draws + 1 WHERE player = 'p7'";
const SHOP: &str = "/v1/campaigns/harmed/orders";

/// All of them draw at once; answers by player.
async fn draw_together(server: &Server) -> Vec<(StatusCode, Value)> {
    let mut draws = JoinSet::new();
    for player in 0..PLAYERS {
        let client = server.client();
        draws.spawn(async move { (player, client.draw(CAMPAIGN, &format!("p{player}"), &new_key()).await) });
    }
    let mut answers = draws.join_all().await;
    answers.sort_unstable_by_key(|(player, _)| *player);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_damaged_player_fails_no_other_s_draw() {
    let data = TempDir::new().unwrap();
    let log = data.path().join("log");
    let mut program = Server::program(data.path());
    program.stderr(std::fs::File::create(&log).unwrap());
    let server = Server::start_by(program).await;
    let operator = server.operator();
    operator.publish(CAMPAIGN, DOCUMENT).await;
    assert!(draw_together(&server).await.iter().all(|(status, _)| *status == StatusCode::CREATED));
    plant(data.path(), HARM).await;
    for _ in 0..3 {
        for (player, (status, answer)) in draw_together(&server).await.into_iter().enumerate() {
            if player == 7 {
                assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{answer:#}");
                assert_eq!(
                    [&answer["code"], &answer["retryable"]],
                    [&json!("store-damaged"), &json!(false)],
                    "{answer:#}"
                );
                assert!(!answer.to_string().contains("p7"), "it names no row: {answer:#}");
            } else {
                assert_eq!(status, StatusCode::CREATED, "{player}: {answer:#}");
            }
        }
    }
    // What the client is not told stands in the log.
    let log = std::fs::read_to_string(log).unwrap();
    let told: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let told = told.iter().find(|line| line["code"] == "store-damaged").unwrap_or_else(|| panic!("{log}"));
    let error = told["error"].as_str().unwrap();
    assert!(error.contains("UNIQUE constraint failed: draws."), "{told:#}");
    let (status, _) = operator.get("/readyz").await;
    assert_eq!(status, StatusCode::OK, "a host with a damaged row serves");
    let metrics = operator.request(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("tombola_commit_failures_total{of=\"draws\"} 0"), "no batch fails as a whole: {metrics}");
    let pass = reconcile(&operator).await;
    assert_eq!([&pass["found"], &pass["open"]], [1, 1], "{pass:#}");
    plant(data.path(), MEND).await;
    assert!(draw_together(&server).await.iter().all(|(status, _)| *status == StatusCode::CREATED));
    assert_eq!(reconcile(&operator).await["open"], 0);
    server.kill();
    invariants::check(data.path()).await;
}

/// What each of them asks for at once, the same each time, and whether it goes well; by player.
async fn ask_together(server: &Server, path: impl Fn(usize) -> String, body: impl Fn(usize) -> Value) -> Vec<bool> {
    let mut asked = JoinSet::new();
    for player in 0..PLAYERS {
        let request = server.client().request(Method::POST, &path(player)).json(&body(player));
        let request = request.header("Idempotency-Key", new_key());
        asked.spawn(async move { (player, answer(request).await.expect("an answer")) });
    }
    let mut answers = asked.join_all().await;
    answers.sort_unstable_by_key(|(player, _)| *player);
    for (player, (status, answer)) in &answers {
        let is_damaged = *status == StatusCode::INTERNAL_SERVER_ERROR && answer["code"] == "store-damaged";
        assert!(status.is_success() || is_damaged, "{player}: {status} {answer:#}");
    }
    answers.into_iter().map(|(_, (status, _))| status.is_success()).collect()
}

/// Neither what is committed in one batch with what is damaged, nor what comes after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_damaged_row_fails_no_other_s_order_hold_or_event() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    server.operator().publish(CAMPAIGN, DOCUMENT).await;
    for _ in 0..2 {
        assert!(draw_together(&server).await.iter().all(|(status, _)| *status == StatusCode::CREATED));
    }
    let of = |player: usize, what: &str| format!("/v1/players/p{player}/{what}");
    let order = async || {
        let body = |player| json!({"player": format!("p{player}"), "sku": "one"});
        ask_together(&server, |_| SHOP.to_owned(), body).await
    };
    let visit = async |id: &str| {
        let body = |player| json!({"id": id, "player": format!("p{player}"), "type": "visit"});
        ask_together(&server, |_| "/v1/events".to_owned(), body).await
    };
    let hold = async || {
        let body = |_| json!({"unit": "points", "amount": 1, "expires_in_seconds": 600});
        ask_together(&server, |player| of(player, "holds"), body).await
    };
    let all = [order().await, visit("first").await, hold().await];
    assert!(all.iter().flatten().all(|done| *done), "{all:?}");
    let (mut holds, client) = (Vec::new(), server.client());
    for player in 0..PLAYERS {
        let (_, listed) = client.get(&of(player, "holds")).await;
        holds.push(listed["items"][0]["id"].as_str().unwrap().to_owned());
    }
    plant(
        data.path(),
        "UPDATE participations SET chances_added = 0 - chances_added WHERE player = 'p7'; UPDATE holds SET unit = 'No unit' WHERE player = 'p7'",
    )
    .await;
    let take = async || {
        ask_together(&server, |player| of(player, &format!("holds/{}/take", holds[player])), |_| json!({})).await
    };
    for failed in [order().await, visit("second").await, take().await] {
        assert!(failed.into_iter().enumerate().all(|(player, done)| done == (player != 7)));
    }
    let metrics = server.operator().request(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    for of in ["orders", "events", "holds"] {
        let line = format!("tombola_commit_failures_total{{of=\"{of}\"}} 0");
        assert!(metrics.contains(&line), "no batch fails as a whole: {metrics}");
    }
    assert!(reconcile(&server.operator()).await["open"].as_u64() > Some(0), "it is told");
    plant(
        data.path(),
        "UPDATE participations SET chances_added = 0 - chances_added WHERE player = 'p7'; UPDATE holds SET unit = 'points' WHERE player = 'p7'",
    )
    .await;
    let all = [order().await, visit("second").await, take().await];
    assert!(all.iter().flatten().all(|done| *done), "{all:?}");
    assert_eq!(reconcile(&server.operator()).await["open"], 0);
    server.kill();
    invariants::check(data.path()).await;
}

/// A row that can't be read is told of by the pass, the log and the list, and what has drifted behind it as well.
#[tokio::test]
async fn a_pass_tells_what_can_t_be_read() {
    let data = TempDir::new().unwrap();
    let log = data.path().join("log");
    let mut program = Server::program(data.path());
    program.stderr(std::fs::File::create(&log).unwrap());
    let server = Server::start_by(program).await;
    let operator = server.operator();
    operator.publish(CAMPAIGN, DOCUMENT).await;
    assert!(draw_together(&server).await.iter().all(|(status, _)| *status == StatusCode::CREATED));
    let (status, order) = server.client().post(SHOP, &json!({"player": "p9", "sku": "one"})).await;
    assert_eq!(status, StatusCode::CREATED, "{order:#}");
    assert_eq!(reconcile(&operator).await["found"], 0);
    plant(
        data.path(),
        "UPDATE awards SET deliver = '{' WHERE position = 1; UPDATE stock SET issued = issued + 1 WHERE prize = 'one'",
    )
    .await;
    let pass = reconcile(&operator).await;
    assert_eq!([&pass["found"], &pass["new"], &pass["open"]], [2, 2, 2], "{pass:#}");
    let (_, list) = operator.get("/v1/operator/reconciliation").await;
    let [damage, stock] = &list["items"].as_array().unwrap()[..] else { panic!("{list:#}") };
    assert_eq!([&damage["comparison"], &damage["subject"]], ["damage", "awards/1"], "{list:#}");
    assert_eq!(damage["evidence"], json!({"reason": "(code: 1) malformed JSON"}));
    assert_eq!([&stock["comparison"], &stock["subject"]], ["stock", "harmed/one"], "{list:#}");
    server.kill();
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.lines().any(|line| line.contains("ERROR") && line.contains("awards/1")), "{log}");
    plant(
        data.path(),
        "UPDATE awards SET deliver = (SELECT deliver FROM awards WHERE position > 1 AND deliver <> '{') WHERE position = 1; UPDATE stock SET issued = issued - 1 WHERE prize = 'one'",
    )
    .await;
    invariants::check(data.path()).await;
}

/// What is told of many in order says which one is damaged, and goes on behind it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_receipt_is_gone_round_by_the_feed_and_by_an_export() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let operator = server.operator();
    operator.publish(CAMPAIGN, DOCUMENT).await;
    for player in ["p1", "p2", "p3"] {
        let visit = json!({"id": "first", "player": player, "type": "visit"});
        let (status, event) = server.client().post("/v1/events", &visit).await;
        assert_eq!(status, StatusCode::CREATED, "{event:#}");
        let (status, draw) = server.client().draw(CAMPAIGN, player, "one").await;
        assert_eq!(status, StatusCode::CREATED, "{draw:#}");
    }
    let (_, feed) = operator.get("/v1/operator/feed?after=0").await;
    let items = feed["items"].as_array().unwrap();
    let place = |kind: &str| items.iter().filter(|item| item["kind"] == kind).nth(1).unwrap()["position"].as_u64();
    let [draw, rebate] = ["draw", "rebate"].map(|kind| place(kind).unwrap());
    plant(
        data.path(),
        "UPDATE rebates SET bytes = zeroblob(9) WHERE player = 'p2';
         UPDATE receipts SET bytes = zeroblob(9) WHERE position = (SELECT position FROM draws WHERE player = 'p2')",
    )
    .await;

    let mut after = 0;
    let (status, problem) = loop {
        let (status, page) = operator.get(&format!("/v1/operator/feed?after={after}")).await;
        match page["next"].as_u64() {
            Some(next) => {
                assert!(after < next, "{page:#}");
                after = next;
            }
            None => break (status, page),
        }
    };
    assert_eq!((status, after), (StatusCode::INTERNAL_SERVER_ERROR, rebate - 1), "{problem:#}");
    let told = problem["detail"].as_str().unwrap();
    assert_eq!(problem["code"], "store-damaged", "{problem:#}");
    assert!(told.contains(&format!("position {rebate} ")) && told.contains(&format!("after={rebate}")), "{told}");
    let (status, behind) = operator.get(&format!("/v1/operator/feed?after={rebate}")).await;
    assert_eq!((status, &behind["next"]), (StatusCode::OK, &feed["next"]), "{behind:#}");

    let file = data.path().join("receipts.jsonl");
    let mut export = std::process::Command::new(env!("CARGO_BIN_EXE_tombola"));
    let exported = export.arg("export").arg(&file).arg("--data").arg(data.path()).output().unwrap();
    let told = String::from_utf8_lossy(&exported.stderr);
    assert_eq!(exported.status.code(), Some(1), "{told}");
    for position in [draw, rebate] {
        assert!(told.contains(&format!("the receipt at position {position} of the feed is damaged")), "{told}");
    }
    let records = std::fs::read_to_string(file).unwrap();
    let receipts = records.lines().filter(|line| line.contains("\"receipt\":") || line.contains("\"rebate_receipt\":"));
    assert_eq!(receipts.count(), 4, "{records}");
}
