//! What a new user does: draw, look at the draw, its receipt, the player, the campaign, the odds.

use reqwest::StatusCode;
use serde_json::json;
use tempfile::TempDir;

use crate::documents;
use crate::harness::{Server, new_key};

#[tokio::test]
async fn the_first_draw_of_the_demo_gives_a_prize_and_a_receipt() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let client = server.client();
    let key = new_key();
    let (status, draw) = client.draw("spring", "alice", &key).await;
    assert_eq!(status, StatusCode::CREATED, "{draw:#}");
    assert_eq!(draw["outcome"]["kind"], "prize");
    assert_eq!((&draw["player"], &draw["ordinal"]), (&json!("alice"), &json!(1)));

    let id = draw["id"].as_str().unwrap().to_owned();
    assert_eq!(client.drawn(&id).await, (StatusCode::OK, draw.clone()));
    let (status, receipt) = client.get(&format!("/v1/draws/{id}/receipt")).await;
    assert_eq!(status, StatusCode::OK, "{receipt:#}");
    assert_eq!(receipt["digest"], draw["receipt"]);
    assert_eq!(receipt["disclosure"]["player"], "alice");
    assert_eq!(receipt["tried"][0]["verdict"], "granted");

    let (status, again) = client.draw("spring", "alice", &key).await;
    assert_eq!((status, again), (StatusCode::OK, draw));
    let (_, player) = client.get("/v1/campaigns/spring/players/alice").await;
    assert_eq!((&player["made"]["total"], &player["draws"]["items"][0]["id"]), (&json!(1), &json!(id)));
    let (status, campaign) = client.get("/v1/campaigns/spring").await;
    assert_eq!((status, &campaign["revision"]), (StatusCode::OK, &json!(1)));
}

#[tokio::test]
async fn several_draws_are_made_under_one_key() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let client = server.client();
    server.operator().publish("stocked", &documents::stocked("stocked", 2)).await;
    let (status, made) = client.draw_many("stocked", "alice", "ten", 10).await;
    assert_eq!(status, StatusCode::CREATED, "{made:#}");
    let draws = made["draws"].as_array().unwrap();
    assert_eq!(
        draws.iter().map(|draw| draw["ordinal"].as_u64().unwrap()).collect::<Vec<_>>(),
        (1..=10).collect::<Vec<_>>()
    );
    assert_eq!(draws.iter().filter(|draw| draw["outcome"]["prize"] == "phone").count(), 2);
    let last = draws[9]["id"].as_str().unwrap();
    assert_eq!(client.drawn(last).await, (StatusCode::OK, draws[9].clone()));
    assert_eq!(client.draw_many("stocked", "alice", "ten", 10).await, (StatusCode::OK, made));
    let (status, one) = client.draw_many("stocked", "alice", "one", 1).await;
    assert_eq!((status, &one["draws"][0]["ordinal"]), (StatusCode::CREATED, &json!(11)));

    let banning = server.operator().request(reqwest::Method::PUT, "/v1/operator/lists/banned");
    let banning = banning.header("Idempotency-Key", new_key()).json(&json!({"add": ["alice"]}));
    assert_eq!(crate::harness::answer(banning).await.unwrap().0, StatusCode::OK);
    let (status, refused) = client.draw_many("stocked", "alice", "more", 3).await;
    assert_eq!(
        (status, &refused["outcome"]["kind"], &refused["draw_number"]),
        (StatusCode::OK, &json!("refused"), &json!(1))
    );
}

#[tokio::test]
async fn a_player_sees_what_is_locked_and_what_unlocks_it() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let client = server.client();
    let address = "/v1/campaigns/spring/players/alice";
    let (status, player) = client.get(address).await;
    let lock = json!({"prize": "phone", "unlocked_by": [{
        "node": "trees/locked/lock", "rule": "unlock@1", "config": {"draws": 3}, "facts": {"player.draws.day": 0},
        "answered": ["locked"], "leads_on": ["unlocked"],
    }]});
    assert_eq!((status, &player["locked"]), (StatusCode::OK, &json!([lock])), "{player:#}");
    for draws in 1..=3 {
        client.draw("spring", "alice", &new_key()).await;
        let (_, player) = client.get(address).await;
        let facts = &player["locked"][0]["unlocked_by"][0]["facts"];
        let expected = if draws < 3 { json!({"player.draws.day": draws}) } else { json!(null) };
        assert_eq!(facts, &expected, "after {draws} draws");
    }
}

#[tokio::test]
async fn a_restart_keeps_draws_and_tokens() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let (_, draw) = server.client().draw("spring", "alice", "first").await;
    server.kill();
    let server = Server::start(data.path()).await;
    assert_eq!(server.client().draw("spring", "alice", "first").await, (StatusCode::OK, draw));
    assert_eq!(server.client().draw("spring", "alice", "second").await.1["ordinal"], 2);
}

#[tokio::test]
async fn operators_see_odds_and_change_lists_and_stock() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let (client, operator) = (server.client(), server.operator());
    operator.publish("stocked", &documents::stocked("stocked", 1)).await;

    let odds = "/v1/operator/campaigns/stocked/odds";
    let (status, answer) = operator.post(odds, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{answer:#}");
    assert_eq!(answer["declared"]["default"]["phone"]["probability"], "1/1");
    assert_eq!(answer["effective"][0]["outcome"]["prize"], "phone");
    let (_, answer) = operator.post(odds, &json!({"sold_out": ["phone"]})).await;
    assert_eq!(
        answer["effective"][0]["outcome"],
        json!({"kind": "prize", "prize": "points", "amount": {"low": 1, "high": 100}})
    );
    let (_, answer) = operator.post(odds, &json!({"facts": {"player.lists.banned": true}})).await;
    assert_eq!(answer["effective"][0]["outcome"], json!({"kind": "refused", "code": "banned"}));

    let put = |body: serde_json::Value| {
        let request = operator.request(reqwest::Method::PUT, "/v1/operator/lists/banned");
        crate::harness::answer(request.header("Idempotency-Key", new_key()).json(&body))
    };
    let (status, list) = put(json!({"add": ["mallory", "eve"]})).await.unwrap();
    assert_eq!((status, &list["version"], &list["size"]), (StatusCode::OK, &json!(1), &json!(2)), "{list:#}");
    assert_eq!(operator.get("/v1/operator/lists/banned").await, (StatusCode::OK, list));
    let (status, refused) = client.draw("stocked", "mallory", &new_key()).await;
    assert_eq!((status, &refused["outcome"]["code"]), (StatusCode::OK, &json!("banned")));
    assert_eq!(refused.get("id"), None);
    put(json!({"remove": ["mallory"]})).await.unwrap();
    let (status, won) = client.draw("stocked", "mallory", &new_key()).await;
    assert_eq!((status, &won["outcome"]["prize"]), (StatusCode::CREATED, &json!("phone")));

    let (_, second) = client.draw("stocked", "bob", &new_key()).await;
    assert_eq!(second["outcome"]["prize"], "points");
    let stock = "/v1/operator/campaigns/stocked/prizes/phone/stock";
    let (status, level) = operator.post(stock, &json!({"add": 1, "reason": "found one"})).await;
    assert_eq!((status, &level["left"], &level["sold_out"]), (StatusCode::OK, &json!(1), &json!(false)));
    assert_eq!(client.draw("stocked", "bob", &new_key()).await.1["outcome"]["prize"], "phone");
    let (status, problem) = operator.post(stock, &json!({"add": -1, "reason": "broken"})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("stock-out-of-bounds")));
}
