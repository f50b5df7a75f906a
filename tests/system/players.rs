//! What a player may do with a token of their own, and what not.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::documents;
use crate::harness::{Caller, Server, answer, new_key};

/// A token for a player, made by the client.
async fn player(server: &Server, name: &str, body: &Value) -> Caller {
    let (status, made) = server.client().post(&format!("/v1/players/{name}/tokens"), body).await;
    assert_eq!(status, StatusCode::CREATED, "{made:#}");
    server.stranger(made["token"].as_str())
}

async fn draw(caller: &Caller, campaign: &str, body: &Value) -> (StatusCode, Value) {
    caller.post(&format!("/v1/campaigns/{campaign}/draws"), body).await
}

#[track_caller]
fn refused((status, problem): (StatusCode, Value), code: &str) {
    assert_eq!((status.is_client_error(), problem["code"].as_str()), (true, Some(code)), "{problem:#}");
}

#[tokio::test]
async fn a_player_draws_and_sees_what_is_theirs() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let (alice, bob) = (player(&server, "alice", &json!({})).await, player(&server, "bob", &json!({})).await);
    let (status, made) = draw(&alice, "spring", &json!({})).await;
    assert_eq!((status, &made["player"]), (StatusCode::CREATED, &json!("alice")), "{made:#}");
    let (status, two) = draw(&alice, "spring", &json!({"player": "alice", "count": 2})).await;
    assert_eq!((status, &two["draws"][1]["ordinal"]), (StatusCode::CREATED, &json!(3)));
    let of_made = format!("/v1/draws/{}", made["id"].as_str().unwrap());
    let receipt = format!("{of_made}/receipt");
    let (status, mut seen) = alice.get(&of_made).await;
    // How far what was won is, which is not known yet when it is drawn.
    seen.as_object_mut().unwrap().remove("award");
    assert_eq!((status, &seen), (StatusCode::OK, &made));
    assert_eq!(alice.get(&receipt).await.0, StatusCode::OK);
    let (status, view) = alice.get("/v1/campaigns/spring/players/alice").await;
    assert_eq!((status, &view["made"]["total"]), (StatusCode::OK, &json!(3)));
    for path in ["/v1/campaigns/spring", "/v1/epochs"] {
        assert_eq!(alice.get(path).await.0, StatusCode::OK, "{path}");
    }

    refused(bob.get(&of_made).await, "draw-unknown");
    refused(bob.get(&receipt).await, "draw-unknown");
    refused(bob.get("/v1/campaigns/spring/players/alice").await, "forbidden");
    refused(draw(&bob, "spring", &json!({"player": "alice"})).await, "forbidden");
    refused(alice.post("/v1/players/alice/tokens", &json!({})).await, "forbidden");
    refused(alice.get("/v1/operator/campaigns").await, "forbidden");
    // A key is the player's, whoever sends it.
    let again = server.client().draw("spring", "alice", "shared").await;
    let request = alice.request(Method::POST, "/v1/campaigns/spring/draws").header("Idempotency-Key", "shared");
    assert_eq!(answer(request.json(&json!({}))).await, Some((StatusCode::OK, again.1)));
}

#[tokio::test]
async fn a_player_is_held_to_campaigns_and_can_claim_nothing() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let document = format!("{}attributes: {{channel: {{type: text, default: web}}}}\n", documents::stocked("shop", 1));
    server.operator().publish("shop", &document).await;
    let alice = player(&server, "alice", &json!({"campaigns": ["shop"], "ttl_seconds": 86_400})).await;
    refused(draw(&alice, "shop", &json!({"attributes": {"channel": "app"}})).await, "forbidden");
    assert_eq!(draw(&alice, "shop", &json!({"attributes": {}})).await.0, StatusCode::CREATED);
    refused(draw(&alice, "spring", &json!({})).await, "forbidden");
    refused(alice.get("/v1/campaigns/spring").await, "forbidden");
    let (_, in_spring) = server.client().draw("spring", "alice", &new_key()).await;
    refused(alice.get(&format!("/v1/draws/{}", in_spring["id"].as_str().unwrap())).await, "draw-unknown");
}

#[tokio::test]
async fn wishes_out_of_bounds_are_refused() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let client = server.client();
    for body in [
        json!({"ttl_seconds": 0}),
        json!({"ttl_seconds": 86_401}),
        json!({"ttl_seconds": -1}),
        json!({"campaigns": []}),
        json!({"campaigns": vec!["spring"; 17]}),
        json!({"campaigns": ["a b"]}),
        json!({"player": "bob"}),
    ] {
        let (status, problem) = client.post("/v1/players/alice/tokens", &body).await;
        assert_eq!((status.as_u16(), &problem["code"]), (422, &json!("body-invalid")), "{body}: {problem:#}");
    }
    refused(client.post(&format!("/v1/players/{}/tokens", "p".repeat(129)), &json!({})).await, "path-invalid");
    let token = "tombola_player_".to_owned() + &"A".repeat(4_000);
    refused(server.stranger(Some(&token)).get("/v1/epochs").await, "unauthenticated");
}

/// Reads an export to its end.
pub(crate) async fn exported(server: &Server, name: &str) -> Vec<Value> {
    let request = server.operator().request(Method::GET, &format!("/v1/operator/players/{name}/export"));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let text = response.text().await.unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A row of each kind and nothing of anybody else; after the values were erased, none of them but the id.
#[tokio::test]
async fn all_that_is_kept_of_a_player_is_given_out_and_its_values_erased() {
    const CAMPAIGN: &str = "personal";
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let (client, operator) = (server.client(), server.operator());
    let document = format!(
        "campaign: {CAMPAIGN}\ntitle: Personal\nwindow: {{opens: 2020-01-01T00:00:00Z}}\nchances: {{granted: 5}}\n\
         attributes: {{city: {{type: text, default: nowhere}}}}\n\
         prizes: [{{id: coins, title: Coins, stock: unlimited, deliver: {{points: 3}}}}, {{id: mug, title: Mug, stock: unlimited}}]\n\
         pools: {{default: {{coins: 1}}}}\n\
         guards: [{{id: banned, rule: blacklist@1, config: {{list: banned, refuse: {{code: banned}}}}}}]\n\
         skus: [{{id: five, title: Five more, chances: 5, price: {{unit: points, amount: 1}}, stock: 9}}]\n\
         events: {{visit: {{attributes: {{town: {{type: text}}}}}}}}\n\
         rebates:\n  - {{id: daily, on: visit, rule: sign-in@1, config: {{chances: 1}}}}\n  \
         - {{id: first, on: visit, rule: milestone@1, config: {{every: 1, rewards: [{{prize: mug}}]}}}}\n"
    );
    operator.publish(CAMPAIGN, &document).await;
    for name in ["alice", "mallory"] {
        let event = json!({"id": format!("e-{name}"), "type": "visit", "player": name, "attributes": {"town": format!("town-of-{name}")}});
        let (status, answered) = client.post("/v1/events", &event).await;
        assert_eq!(status, StatusCode::CREATED, "{answered:#}");
        client.post(&format!("/v1/campaigns/{CAMPAIGN}/draws"), &json!({"player": name})).await;
        operator.post(&format!("/v1/operator/players/{name}/balances"), &json!({"unit": "points", "add": 9})).await;
        client.post(&format!("/v1/campaigns/{CAMPAIGN}/orders"), &json!({"player": name, "sku": "five"})).await;
        client.post(&format!("/v1/players/{name}/holds"), &json!({"unit": "points", "amount": 1})).await;
        operator.put("/v1/operator/lists/banned", &json!({"add": [name]})).await;
        let (status, _) = client.post(&format!("/v1/campaigns/{CAMPAIGN}/draws"), &json!({"player": name})).await;
        assert_eq!(status, StatusCode::OK);
    }
    // What a rule refused is written a little later.
    let mut kinds = BTreeSet::new();
    for _ in 0..100 {
        kinds = exported(&server, "alice").await.iter().map(|line| line["kind"].as_str().unwrap().to_owned()).collect();
        if kinds.contains("refusal") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let expected = [
        "award",
        "balance",
        "chances",
        "draw",
        "end",
        "event",
        "event_count",
        "hold",
        "list",
        "order",
        "participation",
        "refusal",
        "transfer",
        "wins",
    ];
    assert_eq!(kinds, expected.map(str::to_owned).into());
    let before = exported(&server, "alice").await;
    let text = json!(before).to_string();
    assert!(text.contains("town-of-alice") && !text.contains("mallory") && !text.contains("salt"), "{text}");
    assert_eq!(before.last(), Some(&json!({"kind": "end"})));
    let draw = before.iter().find(|line| line["kind"] == "draw").unwrap();
    let (_, receipt) = client.get(&format!("/v1/draws/{}/receipt", draw["draw"].as_str().unwrap())).await;
    assert_eq!(
        [&draw["receipt"], &draw["receipt_bytes"], &draw["at"]],
        [&receipt["digest"], &receipt["bytes"], &receipt["drawn_at"]]
    );

    let erase = |name: &'static str| {
        let request =
            operator.request(Method::DELETE, &format!("/v1/operator/players/{name}/disclosures?reason=asked"));
        answer(request.header("Idempotency-Key", new_key()))
    };
    let (status, erased) = erase("alice").await.unwrap();
    assert_eq!((status, &erased["receipts"]), (StatusCode::OK, &json!(2)), "{erased:#}");
    let after = exported(&server, "alice").await;
    assert!(!json!(after).to_string().contains("town-of-alice"), "{after:#?}");
    let receipts = |lines: &[Value]| {
        let draws = lines.iter().filter(|line| line["kind"] == "draw");
        draws.map(|draw| (draw["receipt"].clone(), draw["receipt_bytes"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(receipts(&before), receipts(&after));
    assert!(after.iter().filter(|line| line["kind"] == "draw").all(|draw| draw["disclosure"].is_null()));
    assert!(json!(exported(&server, "mallory").await).to_string().contains("town-of-mallory"));
    let (_, record) = operator.get("/v1/operator/audit?what=export_player").await;
    assert!(record["items"].as_array().unwrap().len() >= 4 && !record.to_string().contains("alice"), "{record:#}");
    let request = operator.request(Method::POST, "/v1/operator/reconciliation").header("Idempotency-Key", new_key());
    let (_, pass) = answer(request).await.unwrap();
    assert_eq!(pass["found"], 0, "{pass:#}");
    server.kill();
    crate::invariants::check(data.path()).await;
}
