//! What operators set on all hosts at once.

use std::collections::BTreeSet;

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Caller, Server, new_key};
use crate::invariants;

/// Operators' calls that go on while nothing is written: they write nothing, or end it.
const GOING_ON: [&str; 5] = [
    "POST /v1/operator/campaigns/{campaign}/check",
    "POST /v1/operator/campaigns/{campaign}/odds",
    "POST /v1/operator/campaigns/{campaign}/try",
    "POST /v1/operator/destinations/{destination}/test",
    "PUT /v1/operator/switches/{switch}",
];

fn set(server: &Server, switch: &str, setting: &str) {
    server.told(&["switch", "set", switch, setting, "--reason", "for a test"]);
}

async fn called(request: RequestBuilder) -> (StatusCode, reqwest::header::HeaderMap, Value) {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    (status, headers, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
}

fn draw(caller: &Caller, player: &str, key: &str) -> RequestBuilder {
    let request = caller.request(Method::POST, "/v1/campaigns/spring/draws").header("Idempotency-Key", key);
    request.json(&json!({"player": player}))
}

/// Of every call that the description lists, and that writes.
#[tokio::test]
async fn while_nothing_is_written_no_call_writes() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let (client, operator) = (server.client(), server.operator());
    let (_, made) = client.draw("spring", "alice", "before").await;
    set(&server, "reads-only", "on");
    let (_, api) = operator.get("/openapi.json").await;
    let mut going_on = BTreeSet::new();
    for (path, calls) in api["paths"].as_object().unwrap() {
        for method in calls.as_object().unwrap().keys().map(|method| method.to_uppercase()) {
            let exports = path.ends_with("/export");
            if !path.starts_with("/v1/operator/") || (method == "GET" && !exports) {
                continue;
            }
            let address = path.replace("{campaign}", "spring").replace(['{', '}'], "");
            let request = operator.request(method.parse().unwrap(), &address).header("Idempotency-Key", new_key());
            let (status, headers, body) = called(request).await;
            if body["code"] == "reads-only" {
                assert_eq!((status.as_u16(), body["retryable"].as_bool()), (503, Some(true)), "{method} {path}");
                assert_eq!(headers["retry-after"], "5");
            } else {
                going_on.insert(format!("{method} {path}"));
            }
        }
    }
    assert_eq!(going_on, GOING_ON.map(str::to_owned).into());
    let body = |path: &str| match path {
        "orders" => json!({"player": "alice", "sku": "chance"}),
        "holds" => json!({"unit": "points", "amount": 1}),
        "release" => json!({}),
        "events" => json!({"id": "1", "type": "sign-in", "player": "alice"}),
        _ => json!({"player": "alice"}),
    };
    for path in ["campaigns/spring/draws", "campaigns/spring/orders", "players/alice/holds", "events"] {
        let (status, refused) = client.post(&format!("/v1/{path}"), &body(path.rsplit('/').next().unwrap())).await;
        assert_eq!((status.as_u16(), &refused["code"]), (503, &json!("reads-only")), "{path}");
    }
    // What was made is still answered, and read.
    assert_eq!(client.draw("spring", "alice", "before").await, (StatusCode::OK, made));
    assert_eq!(client.get("/v1/campaigns/spring").await.0, StatusCode::OK);
    let (_, record) = operator.get("/v1/operator/audit?limit=1").await;
    assert_eq!(record["items"][0]["what"], "set_switch", "nothing was recorded since");
    assert_eq!(record["items"][0]["subject"], "reads-only");

    server.kill();
    let server = Server::start(data.path()).await;
    assert_eq!(server.client().draw("spring", "alice", "after").await.1["code"], "reads-only");
    let listed = server.told(&["switch", "list"]);
    assert!(listed.lines().any(|line| line.starts_with("reads-only") && line.contains(" on ")), "{listed}");
    set(&server, "reads-only", "off");
    assert_eq!(server.client().draw("spring", "alice", "after").await.1["ordinal"], 2);
    server.kill();
    invariants::check(data.path()).await;
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_again() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let (client, operator) = (server.client(), server.operator());
    set(&server, "player-rate", "2/3600s");
    set(&server, "campaign-rate", "5/3600s");
    let (status, headers, _) = called(draw(&client, "alice", "1")).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(headers["ratelimit-policy"], "\"player\";q=2;w=3600, \"campaign\";q=5;w=3600");
    let told = headers["ratelimit"].to_str().unwrap();
    assert!(told.starts_with("\"player\";r=1;t=") && told.contains(", \"campaign\";r=4;t="), "{told}");
    assert_eq!(client.draw("spring", "alice", "2").await.0, StatusCode::CREATED);
    // A third time, and a key that is known: nobody looks.
    for key in ["3", "1"] {
        let (status, headers, refused) = called(draw(&client, "alice", key)).await;
        assert_eq!((status.as_u16(), &refused["code"]), (429, &json!("rate-limited")), "{refused:#}");
        assert_eq!(refused["retryable"], true);
        let seconds: u64 = headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=4_050).contains(&seconds), "{seconds}");
        assert!(headers["ratelimit"].to_str().unwrap().starts_with("\"player\";r=0;t="));
    }
    // Who was refused took nothing of the campaign's.
    for player in ["bob", "carol", "dave"] {
        assert_eq!(client.draw("spring", player, "1").await.0, StatusCode::CREATED);
    }
    let (_, refused) = client.draw("spring", "erin", "1").await;
    assert!(refused["detail"].as_str().unwrap().contains("in this campaign"), "{refused:#}");
    set(&server, "player-rate", "off");
    set(&server, "campaign-rate", "default");
    assert_eq!(client.draw("spring", "alice", "1").await.0, StatusCode::OK);

    set(&server, "token-rate", "1/3600s");
    assert_eq!(client.get("/v1/campaigns/spring").await.0, StatusCode::OK);
    let (status, refused) = client.get("/v1/campaigns/spring").await;
    assert_eq!((status.as_u16(), &refused["code"]), (429, &json!("rate-limited")));
    // Operators are not limited, or nobody could switch it off.
    for _ in 0..3 {
        assert_eq!(operator.get("/v1/operator/switches").await.0, StatusCode::OK);
    }
    let (_, metrics) = operator.get("/metrics").await;
    let metrics = metrics.as_str().unwrap();
    for (why, count) in [("player", 2), ("campaign", 1), ("token", 1)] {
        let line = format!("tombola_requests_refused_total{{why=\"{why}\"}} {count}");
        assert!(metrics.contains(&line), "{line}");
    }
    assert!(metrics.contains("tombola_concurrency_limit 2048"));
}

#[tokio::test]
async fn only_what_is_meant_is_set() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let operator = server.operator();
    for (switch, setting, code) in [
        ("writes-only", "on", "path-invalid"),
        ("reads-only", "10/1s", "body-invalid"),
        ("player-rate", "on", "body-invalid"),
        ("player-rate", "0/1s", "body-invalid"),
    ] {
        let (_, refused) = operator.put(&format!("/v1/operator/switches/{switch}"), &json!({"setting": setting})).await;
        assert_eq!(refused["code"], code, "{switch} {setting}: {refused:#}");
    }
    let (status, told) = operator.put("/v1/operator/switches/player-rate", &json!({"setting": "9/2s"})).await;
    assert_eq!(status, StatusCode::OK);
    for (member, value) in [("switch", "player-rate"), ("setting", "9/2s"), ("holds", "9/2s")] {
        assert_eq!(told[member], value, "{told:#}");
    }
    let (_, all) = operator.get("/v1/operator/switches").await;
    assert_eq!((all["items"].as_array().unwrap().len(), &all["items"][3]), (5, &told));
}
