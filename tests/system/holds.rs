//! What another service sets aside of a player's, takes, lets go or forgets.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Caller, Server, answer, new_key};
use crate::invariants;

const HOLDS: &str = "/v1/players/alice/holds";

/// A server in which alice has 100 points.
async fn rich(data: &TempDir) -> Server {
    let server = Server::start(data.path()).await;
    let body = json!({"unit": "points", "add": 100, "reason": "for a test"});
    let (status, answered) = server.operator().post("/v1/operator/players/alice/balances", &body).await;
    assert_eq!(status, StatusCode::OK, "{answered:#}");
    server
}

async fn place(client: &Caller, key: &str, body: Value) -> (StatusCode, Value) {
    let request = client.request(Method::POST, HOLDS).header("Idempotency-Key", key).json(&body);
    answer(request).await.expect("an answer")
}

async fn end(client: &Caller, hold: &Value, how: &str, body: Value) -> (StatusCode, Value) {
    let path = format!("{HOLDS}/{}/{how}", hold["id"].as_str().unwrap());
    answer(client.request(Method::POST, &path).json(&body)).await.expect("an answer")
}

/// What alice can spend, and what is set aside.
async fn has(client: &Caller) -> (i64, i64) {
    let (_, balances) = client.get("/v1/players/alice/balances").await;
    let of = |name: &str| balances["items"][0][name].as_i64().unwrap();
    (of("balance"), of("held"))
}

#[tokio::test]
async fn a_checkout_holds_and_takes_or_lets_go() {
    let data = TempDir::new().unwrap();
    let server = rich(&data).await;
    let client = server.client();
    let (status, hold) = place(&client, "1", json!({"unit": "points", "amount": 60})).await;
    assert_eq!((status, &hold["state"], &hold["amount"]), (StatusCode::CREATED, &json!("open"), &json!(60)));
    assert_eq!(place(&client, "1", json!({"unit": "points", "amount": 60})).await, (StatusCode::OK, hold.clone()));
    assert_eq!(has(&client).await, (40, 60));
    let (_, other) = place(&client, "2", json!({"unit": "points", "amount": 40, "expires_in_seconds": 600})).await;
    let (status, taken) = end(&client, &hold, "take", json!({"amount": 50})).await;
    assert_eq!((status, &taken["state"], &taken["taken"]), (StatusCode::OK, &json!("taken"), &json!(50)));
    assert_eq!(end(&client, &hold, "take", json!({"amount": 50})).await, (StatusCode::OK, taken.clone()));
    let (status, released) = end(&client, &other, "release", json!({})).await;
    assert_eq!((status, &released["state"], &released["taken"]), (StatusCode::OK, &json!("released"), &Value::Null));
    assert_eq!(has(&client).await, (50, 0));
    let id = hold["id"].as_str().unwrap();
    assert_eq!(client.get(&format!("{HOLDS}/{id}")).await, (StatusCode::OK, taken));
    let (_, lines) = client.get("/v1/players/alice/balances/points/transfers").await;
    let lines: Vec<_> = lines["items"].as_array().unwrap().iter().take(3).map(|line| &line["why"]).collect();
    assert_eq!(lines, ["release", "capture", "capture"]);
    server.kill();
    invariants::check(data.path()).await;
}

#[tokio::test]
async fn who_repeats_an_end_is_answered_while_nothing_is_written() {
    let data = TempDir::new().unwrap();
    let server = rich(&data).await;
    let client = server.client();
    let (_, hold) = place(&client, "1", json!({"unit": "points", "amount": 60})).await;
    let (_, open) = place(&client, "2", json!({"unit": "points", "amount": 9})).await;
    let (_, taken) = end(&client, &hold, "take", json!({"amount": 50})).await;
    server.told(&["switch", "set", "reads-only", "on", "--reason", "for a test"]);
    assert_eq!(end(&client, &hold, "take", json!({"amount": 50})).await, (StatusCode::OK, taken));
    for (hold, how) in [(&hold, "take"), (&hold, "release"), (&open, "take"), (&open, "release")] {
        let (status, refused) = end(&client, hold, how, json!({})).await;
        assert_eq!((status.as_u16(), &refused["code"]), (503, &json!("reads-only")), "{how} {hold:#}");
    }
    server.kill();
    invariants::check(data.path()).await;
}

#[tokio::test]
async fn what_is_refused_says_why() {
    let data = TempDir::new().unwrap();
    let server = rich(&data).await;
    let client = server.client();
    let points = |amount: i64, seconds: i64| json!({"unit": "points", "amount": amount, "expires_in_seconds": seconds});
    for (body, status, code, said) in [
        (points(101, 60), 409, "balance-short", "has 100"),
        (json!({"unit": "gold", "amount": 1}), 404, "unit-unknown", "gold"),
        (points(0, 60), 422, "body-invalid", "amount: 1 to"),
        (points(1, 0), 422, "body-invalid", "expires_in_seconds: a hold is open for 1 to 604800 seconds"),
        (points(1, 604_801), 422, "body-invalid", "expires_in_seconds: a hold is open for 1 to 604800 seconds"),
        (json!({"unit": "points", "amount": 1, "for": "shoes"}), 422, "body-invalid", "for"),
    ] {
        let (answered, problem) = place(&client, &new_key(), body.clone()).await;
        assert_eq!((answered.as_u16(), &problem["code"]), (status, &json!(code)), "{body}: {problem:#}");
        assert!(problem["detail"].as_str().unwrap().contains(said), "{body}: {problem:#}");
    }
    let (_, hold) = place(&client, "1", points(10, 60)).await;
    let codes = [
        place(&client, "1", points(11, 60)).await,
        end(&client, &hold, "take", json!({"amount": 11})).await,
        end(&client, &hold, "take", json!({"amount": 0})).await,
        end(&client, &json!({"id": "of-nobody"}), "take", json!({})).await,
        client.get(&format!("/v1/players/bob/holds/{}", hold["id"].as_str().unwrap())).await,
    ];
    let codes = codes.map(|(status, problem)| (status.as_u16(), problem["code"].clone()));
    let expected = [
        (422, "idempotency-key-reused"),
        (409, "hold-exceeded"),
        (422, "body-invalid"),
        (404, "hold-unknown"),
        (404, "hold-unknown"),
    ];
    assert_eq!(codes, expected.map(|(status, code)| (status, json!(code))));
    for _ in 1..64 {
        assert_eq!(place(&client, &new_key(), points(1, 600)).await.0, StatusCode::CREATED);
    }
    let (status, problem) = place(&client, &new_key(), points(1, 600)).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("holds-full")));
}

/// Latest first, of one player, as they are by now.
#[tokio::test]
async fn a_player_s_holds_come_in_pages() {
    let data = TempDir::new().unwrap();
    let server = rich(&data).await;
    let client = server.client();
    let mut placed = Vec::new();
    for key in ["1", "2", "3"] {
        placed.push(place(&client, key, json!({"unit": "points", "amount": 10})).await.1);
    }
    let (_, taken) = end(&client, &placed[1], "take", json!({"amount": 4})).await;
    let (status, first) = client.get(&format!("{HOLDS}?limit=2")).await;
    assert_eq!((status, &first["items"]), (StatusCode::OK, &json!([placed[2], taken])), "{first:#}");
    let next = first["next"].as_str().unwrap();
    let last = json!({"items": [placed[0]]});
    assert_eq!(client.get(&format!("{HOLDS}?limit=2&cursor={next}")).await, (StatusCode::OK, last));
    assert_eq!(client.get("/v1/players/bob/holds").await, (StatusCode::OK, json!({"items": []})));
    let (_, problem) = client.get(&format!("/v1/players/bob/holds?cursor={next}")).await;
    assert_eq!(problem["code"], "query-invalid", "a cursor is of one player's");
    server.kill();
}

/// With a reason, which is recorded; and what the service does about it later is the same or refused.
#[tokio::test]
async fn an_operator_ends_holds_in_the_place_of_a_service() {
    let data = TempDir::new().unwrap();
    let server = rich(&data).await;
    let client = server.client();
    let (_, first) = place(&client, "1", json!({"unit": "points", "amount": 60})).await;
    let (_, second) = place(&client, "2", json!({"unit": "points", "amount": 40})).await;
    let [first_id, second_id] = [&first, &second].map(|hold| hold["id"].as_str().unwrap().to_owned());
    let release = format!("/v1/operator/players/alice/holds/{first_id}/release");
    let (_, problem) = server.operator().post(&release, &json!({})).await;
    assert_eq!(problem["code"], "reason-missing");
    assert_eq!(client.post(&release, &json!({"reason": "x"})).await.0, StatusCode::FORBIDDEN);
    let told = server.told(&["hold", "take", "alice", &first_id, "--amount", "50", "--reason", "shipped"]);
    assert_eq!(told, format!("{first_id} is taken: 50 points taken, 10 given back\n"));
    let told = server.told(&["hold", "release", "alice", &second_id, "--reason", "gone"]);
    assert_eq!(told, format!("{second_id} is released: 0 points taken, 40 given back\n"));
    let listed = server.told(&["hold", "list", "alice", "--limit", "1"]);
    let line: Vec<_> = listed.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(line[..4], [second_id.as_str(), "points", "40", "released"], "{listed}");
    assert!(listed.contains("for more: --cursor "), "{listed}");
    assert_eq!(has(&client).await, (50, 0));
    assert_eq!(end(&client, &first, "take", json!({"amount": 50})).await.0, StatusCode::OK);
    assert_eq!(end(&client, &second, "take", json!({})).await.1["code"], "hold-ended");
    assert_eq!(server.operator().post(&release, &json!({"reason": "x"})).await.1["code"], "hold-ended");
    let (_, record) = server.operator().get("/v1/operator/audit?what=end_hold").await;
    let record = record["items"].as_array().unwrap().iter().map(|entry| (&entry["subject"], &entry["reason"]));
    let expected = [(&second_id, "gone"), (&first_id, "shipped")].map(|(id, reason)| (json!(id), json!(reason)));
    assert_eq!(record.map(|(id, reason)| (id.clone(), reason.clone())).collect::<Vec<_>>(), expected);

    let void = format!("/v1/operator/players/alice/holds/{second_id}/void");
    assert_eq!(server.operator().post(&void, &json!({"reason": "x"})).await.1["code"], "hold-not-taken");
    let told = server.told(&["hold", "void", "alice", &first_id, "--reason", "lost on its way"]);
    let voided = client.get(&format!("{HOLDS}/{first_id}")).await.1;
    let at = voided["voided_at"].as_str().unwrap();
    assert_eq!(told, format!("{first_id} was voided at {at}: 50 points given back\n"));
    assert_eq!((&voided["state"], has(&client).await), (&json!("taken"), (100, 0)));
    let (_, record) = server.operator().get("/v1/operator/audit?what=void_hold").await;
    assert_eq!(
        (&record["items"][0]["subject"], &record["items"][0]["reason"]),
        (&json!(first_id), &json!("lost on its way"))
    );
    server.kill();
    invariants::check(data.path()).await;
}

/// It is gone from its moment on, and its units are there for the next hold at once, also after the host was killed.
#[tokio::test]
async fn what_was_forgotten_expires() {
    let data = TempDir::new().unwrap();
    let server = rich(&data).await;
    let (_, hold) =
        place(&server.client(), "1", json!({"unit": "points", "amount": 100, "expires_in_seconds": 1})).await;
    server.kill();
    let server = Server::start(data.path()).await;
    let client = server.client();
    let path = format!("{HOLDS}/{}", hold["id"].as_str().unwrap());
    let mut found = client.get(&path).await.1;
    while found["state"] == "open" {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        found = client.get(&path).await.1;
    }
    assert_eq!((&found["state"], &found["ended_at"]), (&json!("expired"), &hold["expires_at"]));
    for how in ["take", "release"] {
        let (status, problem) = end(&client, &hold, how, json!({})).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("hold-ended")), "{how}");
    }
    assert_eq!(place(&client, "2", json!({"unit": "points", "amount": 100})).await.0, StatusCode::CREATED);
    assert_eq!(has(&client).await, (0, 100));
    server.kill();
    invariants::check(data.path()).await;
}
