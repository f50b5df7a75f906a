//! A host that has done a little of everything.

use std::path::Path;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tombola_guests::corpus;

use crate::harness::{Caller, Server, answer, make_token};
use crate::receiver::Receiver;
use crate::{hostile, invariants, mixed, queues, reconcile};

/// A rule that fails.
const FAULTY: &str = "trap-unreachable";
const PLAYERS: u64 = 9;

/// Draws as they were answered, each with its key and its player.
pub(super) type Drawn = Vec<(String, String, Value)>;

/// Has the host do it, and answers the draws that it made. Deliveries are off, and a campaign is paused.
pub(super) async fn fill(server: &Server, data: &Path, receiver: &Receiver) -> Drawn {
    let (client, operator) = (server.client(), server.operator());
    mixed::furnish(&operator, receiver).await;
    fail(server).await;
    server.told(&["switch", "set", "deliveries-off", "on", "--reason", "the receiver moves"]);
    let mut drawn = Vec::new();
    for number in 0..60_u64 {
        let (key, player) = (format!("draw-{number}"), format!("player-{}", number % PLAYERS));
        let (status, draw) = client.draw(mixed::CAMPAIGN, &player, &key).await;
        assert_eq!(status, StatusCode::CREATED, "{draw:#}");
        drawn.push((key, player, draw));
    }
    buy_and_hold(server).await;
    operate(server, data, &drawn).await;
    server.told(&["epoch", "rotate"]);
    let (status, draw) = client.draw(mixed::CAMPAIGN, "player-1", "after").await;
    assert_eq!(status, StatusCode::CREATED, "{draw:#}");
    drawn.push(("after".to_owned(), "player-1".to_owned(), draw));
    differ(&operator, data).await;
    // As if a campaign had closed long ago.
    reconcile::plant(data, "INSERT INTO dropped_receipts (campaign, position, draws) VALUES ('long-gone', 7, 3)").await;
    report(&client, &operator).await;
    let empty = invariants::empty_tables(data).await;
    assert!(empty.is_empty(), "a copy could forget these, and nobody would see it: {empty:?}");
    drawn
}

/// A fault, a refusal, and what the host gave up.
async fn fail(server: &Server) {
    let (client, operator) = (server.client(), server.operator());
    let (status, uploaded) = operator.upload(corpus().remove(FAULTY).unwrap().component).await;
    assert_eq!(status, StatusCode::CREATED, "{uploaded:#}");
    for (on_fault, expected) in [("proceed", StatusCode::CREATED), ("refuse", StatusCode::OK)] {
        let (status, published) = hostile::publish(&operator, FAULTY, on_fault).await;
        assert_eq!(status, StatusCode::CREATED, "{published:#}");
        assert_eq!(hostile::persist(&client, FAULTY).await.0, expected);
    }
    server.told(&["ledger", "unit", "coins", "--title", "Coins", "--lifetime-days", "9"]);
    let document = "campaign: paying\ntitle: Paying\nwindow: {opens: 2020-01-01T00:00:00Z}\npools: {default: {coins: 1}}\n\
                    prizes: [{id: coins, title: Coins, stock: unlimited, deliver: {points: {unit: coins, each: 3}}}]\n";
    operator.publish("paying", document).await;
    queues::fill_account(server, "alice", "coins").await;
    assert_eq!(client.draw("paying", "alice", "1").await.0, StatusCode::CREATED);
    queues::until(server, "0", "1").await;
}

/// Orders, of which one is voided; holds, of which one stays.
async fn buy_and_hold(server: &Server) {
    let client = server.client();
    server.told(&["ledger", "give", "player-1", "points", "100"]);
    let mut orders = Vec::new();
    for key in ["order-1", "order-2"] {
        let path = format!("/v1/campaigns/{}/orders", mixed::CAMPAIGN);
        let (status, order) = send(&client, &path, key, &json!({"player": "player-1", "sku": "five"})).await;
        assert_eq!(status, StatusCode::CREATED, "{order:#}");
        orders.push(order["id"].as_str().unwrap().to_owned());
    }
    server.told(&["ledger", "void", mixed::CAMPAIGN, &orders[0], "--reason", "mistaken"]);
    for key in ["hold-1", "hold-2"] {
        let hold = json!({"unit": "points", "amount": 7, "expires_in_seconds": 86_400});
        let (status, hold) = send(&client, "/v1/players/player-1/holds", key, &hold).await;
        assert_eq!(status, StatusCode::CREATED, "{hold:#}");
        if key == "hold-1" {
            let taken =
                ["hold", "take", "player-1", hold["id"].as_str().unwrap(), "--amount", "5", "--reason", "shipped"];
            server.told(&taken);
        }
    }
}

/// Events, of which one is reversed, and one waits for its campaign.
async fn report(client: &Caller, operator: &Caller) {
    let purchase = |number: u64| {
        json!({"id": format!("event-{number}"), "type": "purchase", "player": format!("player-{}", number % 3),
               "referrer": "referrer-1", "attributes": {"paid": 400}})
    };
    for number in 0..9 {
        let (status, event) = client.post("/v1/events", &purchase(number)).await;
        assert!(status.is_success(), "{event:#}");
    }
    let back = json!({"id": "back", "player": "player-0", "reverses": "event-0"});
    let (status, event) = client.post("/v1/events", &back).await;
    assert!(status.is_success(), "{event:#}");
    let pause = format!("/v1/operator/campaigns/{}/pause", mixed::CAMPAIGN);
    let (status, paused) = operator.post(&pause, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{paused:#}");
    let (status, event) = client.post("/v1/events", &purchase(9)).await;
    assert!(status.is_success(), "{event:#}");
}

/// What operators do: lists, chances that lapse, awards that are voided, tokens.
async fn operate(server: &Server, data: &Path, drawn: &Drawn) {
    let operator = server.operator();
    let (status, list) = operator.put("/v1/operator/lists/vip", &json!({"replace": ["player-1", "player-2"]})).await;
    assert_eq!(status, StatusCode::OK, "{list:#}");
    let chances = format!("/v1/operator/campaigns/{}/players/player-2/chances", mixed::CAMPAIGN);
    let (status, granted) = operator.post(&chances, &json!({"add": 3, "lapses_at": "2100-01-01T00:00:00Z"})).await;
    assert_eq!(status, StatusCode::OK, "{granted:#}");
    let (_, _, mug) = drawn.iter().find(|(_, _, draw)| draw["outcome"]["prize"] == "mug").expect("a mug among so many");
    let award = format!("/v1/operator/awards/{}-1", mug["id"].as_str().unwrap());
    let (status, voided) = operator.post(&award, &json!({"state": "voided", "reason": "drawn by a robot"})).await;
    assert_eq!(status, StatusCode::OK, "{voided:#}");
    make_token(data, "viewer", "viewer", None);
}

/// A difference that was found and put right.
async fn differ(operator: &Caller, data: &Path) {
    reconcile::plant(data, "UPDATE stock SET issued = issued + 1 WHERE campaign = 'mixed' AND prize = 'mug'").await;
    assert_eq!(reconcile::reconcile(operator).await["open"], 1);
    reconcile::plant(data, "UPDATE stock SET issued = issued - 1 WHERE campaign = 'mixed' AND prize = 'mug'").await;
    assert_eq!(reconcile::reconcile(operator).await["open"], 0);
}

async fn send(client: &Caller, path: &str, key: &str, body: &Value) -> (StatusCode, Value) {
    let request = client.request(Method::POST, path).header("Idempotency-Key", key).json(body);
    answer(request).await.expect("an answer")
}
