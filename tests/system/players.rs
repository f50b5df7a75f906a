//! What a player may do with a token of their own, and what not.

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
