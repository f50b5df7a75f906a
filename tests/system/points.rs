//! Points from end to end: declared, given, spent on chances that are drawn with, and accounted for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::events::eventually;
use crate::harness::{Caller, Server, answer, new_key};
use crate::{documents, invariants};

const SHOP: &str = "shop";

/// A server with points, and a campaign that sells `five` for 30 of them, so many of it.
async fn shop(data: &TempDir, stock: u32) -> Server {
    let server = Server::start(data.path()).await;
    let (status, unit) = server.operator().put("/v1/operator/units/points", &json!({"title": "Points"})).await;
    assert_eq!((status, unit), (StatusCode::OK, json!({"unit": "points", "title": "Points"})));
    let document = format!("{}chances: {{granted: 1}}\n{}", documents::stocked(SHOP, 9), sold(stock));
    server.operator().publish(SHOP, &document).await;
    server
}

fn sold(stock: u32) -> String {
    format!("skus: [{{id: five, title: Five more, chances: 5, price: {{unit: points, amount: 30}}, stock: {stock}}}]\n")
}

async fn give(server: &Server, player: &str, add: i64) -> (StatusCode, Value) {
    let path = format!("/v1/operator/players/{player}/balances");
    server.operator().post(&path, &json!({"unit": "points", "add": add, "reason": "for a test"})).await
}

async fn buy(client: &Caller, player: &str, key: &str, quantity: u64) -> (StatusCode, Value) {
    let request = client.request(Method::POST, &format!("/v1/campaigns/{SHOP}/orders"));
    let body = json!({"player": player, "sku": "five", "quantity": quantity});
    answer(request.header("Idempotency-Key", key).json(&body)).await.expect("an answer")
}

async fn balance(server: &Server, player: &str) -> i64 {
    let (_, balances) = server.client().get(&format!("/v1/players/{player}/balances")).await;
    balances["items"][0]["balance"].as_i64().unwrap_or_default()
}

#[tokio::test]
async fn points_buy_chances_and_chances_are_drawn_with() {
    let data = TempDir::new().unwrap();
    let server = shop(&data, 9).await;
    let client = server.client();
    assert_eq!(give(&server, "alice", 100).await.1["items"][0]["balance"], 100);
    assert_eq!(client.draw(SHOP, "alice", "1").await.0, StatusCode::CREATED);
    let (status, problem) = client.draw(SHOP, "alice", "2").await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("chances-exhausted")));
    let (status, order) = buy(&client, "alice", "o", 2).await;
    assert_eq!(
        (status, &order["chances"], &order["price"]),
        (StatusCode::CREATED, &json!(10), &json!({"unit": "points", "amount": 60}))
    );
    assert_eq!(buy(&client, "alice", "o", 2).await, (StatusCode::OK, order.clone()));
    let (status, problem) = buy(&client, "alice", "o", 1).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("idempotency-key-reused")));
    let (status, problem) = buy(&client, "alice", "p", 2).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("balance-short")));
    assert_eq!(client.draw(SHOP, "alice", "2").await.0, StatusCode::CREATED);
    let (_, player) = client.get(&format!("/v1/campaigns/{SHOP}/players/alice")).await;
    assert_eq!((&player["chances"], &player["made"]["total"]), (&json!(9), &json!(2)));
    let (_, orders) = client.get(&format!("/v1/campaigns/{SHOP}/players/alice/orders")).await;
    assert_eq!(orders, json!({"items": [order]}));
    let (_, lines) = client.get("/v1/players/alice/balances/points/transfers").await;
    let told: Vec<_> =
        lines["items"].as_array().unwrap().iter().map(|line| (&line["why"], &line["amount"], &line["from"])).collect();
    assert_eq!(
        told,
        [(&json!("order"), &json!(60), &json!("balance")), (&json!("adjustment"), &json!(100), &Value::Null)]
    );
    assert_eq!(lines["items"][0]["lots"], json!([{"change": -60}]), "points never lapse here");
    let path = format!("/v1/operator/campaigns/{SHOP}/orders/{}/void", order["id"].as_str().unwrap());
    let (status, problem) = server.operator().post(&path, &json!({})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("reason-missing")));
    for _ in 0..2 {
        let (status, voided) = server.operator().post(&path, &json!({"reason": "bought by mistake"})).await;
        assert_eq!((status, voided["voided_at"].is_string()), (StatusCode::OK, true));
        let (_, player) = client.get(&format!("/v1/campaigns/{SHOP}/players/alice")).await;
        assert_eq!((&player["chances"], balance(&server, "alice").await), (&json!(0), 100));
    }
    let (_, campaign) = client.get(&format!("/v1/campaigns/{SHOP}")).await;
    assert_eq!((&campaign["skus"][0]["left"], &campaign["skus"][0]["chances"]), (&json!(9), &json!(5)));
    server.kill();
    invariants::check(data.path()).await;
}

/// Whoever is told of points has them: what they buy is drawn with next.
#[tokio::test]
async fn points_that_are_won_are_spent_at_once() {
    const TURNS: u32 = 5;
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let document = format!(
        "campaign: {SHOP}\ntitle: Shop\nwindow: {{opens: 2020-01-01T00:00:00Z}}\nchances: {{granted: 1}}\n\
         prizes: [{{id: coins, title: Coins, stock: unlimited, deliver: {{points: 30}}}}]\npools: {{default: {{coins: 1}}}}\n\
         skus: [{{id: five, title: One more, chances: 1, price: {{unit: points, amount: 30}}, stock: 9}}]\n"
    );
    server.operator().publish(SHOP, &document).await;
    let client = server.client();
    for turn in 0..TURNS {
        let (status, drawn) = client.draw(SHOP, "alice", &turn.to_string()).await;
        assert_eq!(status, StatusCode::CREATED, "{drawn:#}");
        let (_, shown) = client.get(&format!("/v1/draws/{}", drawn["id"].as_str().unwrap())).await;
        let award = &shown["award"];
        let history: Vec<_> = award["history"].as_array().unwrap().iter().map(|step| &step["state"]).collect();
        assert_eq!(
            (&award["state"], &history[..]),
            (&json!("delivered"), &[&json!("pending"), &json!("delivered")][..])
        );
        let (status, order) = buy(&client, "alice", &turn.to_string(), 1).await;
        assert_eq!(status, StatusCode::CREATED, "{order:#}");
    }
    assert_eq!(balance(&server, "alice").await, 0);
    server.kill();
    invariants::check(data.path()).await;
}

/// What an operator takes away is there to be taken, and what is asked for is declared.
#[tokio::test]
async fn what_is_not_there_is_neither_spent_nor_taken() {
    let data = TempDir::new().unwrap();
    let server = shop(&data, 2).await;
    give(&server, "alice", 100).await;
    let (status, problem) = give(&server, "alice", -101).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("balance-short")));
    assert_eq!(give(&server, "alice", -10).await.0, StatusCode::OK);
    let (status, problem) = buy(&server.client(), "alice", "o", 3).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("sku-sold-out")));
    let path = format!("/v1/operator/campaigns/{SHOP}/budget");
    let budget = |unit: &'static str, add: i64| {
        let (operator, path) = (server.operator(), path.clone());
        async move { operator.post(&path, &json!({"unit": unit, "add": add, "reason": "for a test"})).await }
    };
    assert_eq!(budget("points", 50).await.1, json!({"items": [{"unit": "points", "left": 50}]}));
    let codes = [budget("points", -51).await, budget("gold", 1).await]
        .map(|(status, problem)| (status.as_u16(), problem["code"].clone()));
    assert_eq!(codes, [(409, json!("budget-short")), (404, json!("unit-unknown"))]);
    let request = server.client().request(Method::POST, &format!("/v1/campaigns/{SHOP}/orders"));
    let request = request.header("Idempotency-Key", "x").json(&json!({"player": "alice", "sku": "six"}));
    let (status, problem) = answer(request).await.unwrap();
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("sku-unknown")));
    let chances = format!("/v1/operator/campaigns/{SHOP}/players/alice/chances");
    assert_eq!(server.operator().post(&chances, &json!({"add": 4})).await.1["added"], 4);
    let (_, player) = server.client().get(&format!("/v1/campaigns/{SHOP}/players/alice")).await;
    assert_eq!(player["chances"], 5);
    assert_eq!(balance(&server, "alice").await, 90);
    server.kill();
    invariants::check(data.path()).await;
}

/// Chances up to the most that can be told exactly: who gives or sells more is told so, and nothing is paid.
#[tokio::test]
async fn nobody_gets_more_chances_than_can_be_told() {
    const MOST: u64 = (1 << 53) - 1;
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let (client, operator) = (server.client(), server.operator());
    // As a prize, since no operator may give as much at once.
    let plenty = format!(
        "campaign: {SHOP}\ntitle: Plenty\nwindow: {{opens: 2020-01-01T00:00:00Z}}\nchances: {{granted: 2}}\n\
         prizes: [{{id: all, title: All, stock: unlimited, deliver: {{chances: 1}}}}]\npools: {{default: {{all: 1}}}}\n\
         trees: {{default: {{root: give, nodes: {{give: {{grant: drawn, amount: {}}}}}}}}}\n{}",
        MOST - 4,
        sold(9)
    );
    operator.publish(SHOP, &plenty).await;
    give(&server, "alice", 100).await;
    assert_eq!(client.draw(SHOP, "alice", "all").await.0, StatusCode::CREATED);
    let left = async || client.get(&format!("/v1/campaigns/{SHOP}/players/alice")).await.1["chances"].clone();
    eventually("alice has nearly all", async || left().await == MOST - 3).await;
    let path = format!("/v1/operator/campaigns/{SHOP}/players/alice/chances");
    let grant = async |add: u64| operator.post(&path, &json!({"add": add})).await;
    let added = async |add: u64| grant(add).await.1["added"].clone();
    for too_many in [0, 1_000_001] {
        let (status, problem) = grant(too_many).await;
        assert_eq!((status.as_u16(), &problem["code"]), (422, &json!("body-invalid")), "{problem:#}");
        assert!(problem["detail"].as_str().unwrap().contains("1 to 1000000"), "{problem:#}");
    }
    for (status, problem) in [grant(5).await, buy(&client, "alice", "o", 1).await] {
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("chances-full")), "{problem:#}");
        assert_eq!(problem["retryable"], false);
    }
    assert_eq!(balance(&server, "alice").await, 100);
    assert_eq!(added(4).await, MOST);
    assert_eq!(client.draw(SHOP, "alice", "1").await.0, StatusCode::CREATED);
    assert_eq!(left().await, MOST);
    server.kill();
    invariants::check(data.path()).await;
}

/// 64 clients buy for 32 players with more points than there is stock, while those draw: what is there is sold, and each has paid.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn racing_buyers_get_exactly_the_stock() {
    const STOCK: u32 = 100;
    const PLAYERS: u32 = 32;
    let data = TempDir::new().unwrap();
    let server = shop(&data, STOCK).await;
    for player in 0..PLAYERS {
        give(&server, &format!("p{player}"), 150).await;
    }
    let next = Arc::new(AtomicU32::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..64 {
        let (client, next) = (server.client(), Arc::clone(&next));
        tasks.spawn(async move {
            let mut codes: BTreeMap<String, u32> = BTreeMap::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= 400 {
                    return codes;
                }
                let player = format!("p{}", number % PLAYERS);
                let (status, body) = buy(&client, &player, &number.to_string(), 1).await;
                let code = body["code"].as_str().unwrap_or(if status == StatusCode::CREATED { "placed" } else { "?" });
                *codes.entry(code.to_owned()).or_default() += 1;
                client.draw(SHOP, &player, &new_key()).await;
            }
        });
    }
    let mut codes: BTreeMap<String, u32> = BTreeMap::new();
    for one in tasks.join_all().await {
        for (code, count) in one {
            *codes.entry(code).or_default() += count;
        }
    }
    assert_eq!(codes.remove("placed"), Some(STOCK), "{codes:?}");
    assert!(codes.keys().all(|code| ["sku-sold-out", "balance-short"].contains(&code.as_str())), "{codes:?}");
    server.kill();
    assert_eq!(invariants::issued(data.path(), SHOP, "five").await, i64::from(STOCK));
    invariants::check(data.path()).await;
}

/// The program does by hand what the API does; names of players are told as they are, whatever they hold.
#[tokio::test]
async fn the_program_keeps_the_ledger() {
    let data = TempDir::new().unwrap();
    let server = shop(&data, 9).await;
    let run = |arguments: &[&str]| server.told(&[&["ledger"], arguments].concat());
    let second =
        |text: String| text.lines().nth(1).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(run(&["unit", "coins", "--title", "Coins", "--lifetime-days", "30"]), "coins is declared (Coins)\n");
    assert_eq!(second(run(&["units"])), "coins 30 days Coins");
    assert_eq!(second(run(&["budget", SHOP, "--add", "50", "--unit", "coins", "--reason", "spring"])), "coins 50");
    assert_eq!(second(run(&["budget", SHOP, "--add", "-20", "--unit", "coins", "--reason", "too many"])), "coins 30");
    assert_eq!(second(run(&["budget", SHOP])), "coins 30");
    assert_eq!(second(run(&["give", "a/b c", "points", "40"])), "points 40 0 0");
    assert_eq!(second(run(&["give", "a/b c", "points", "-4", "--reason", "too many"])), "points 36 0 0");
    assert_eq!(balance(&server, "a%2Fb%20c").await, 36);
    assert!(run(&["chances", SHOP, "alice", "4"]).ends_with("; 4 were given in all, beside those to begin with\n"));
    give(&server, "alice", 30).await;
    let (_, order) = buy(&server.client(), "alice", "o", 1).await;
    assert!(run(&["void", SHOP, order["id"].as_str().unwrap(), "--reason", "mistaken"]).starts_with("voided at 20"));
    assert_eq!(balance(&server, "alice").await, 30);
    server.kill();
    invariants::check(data.path()).await;
}

/// 32 clients draw a prize that costs, far more often than the budget suffices for: it is spent to the last unit that buys one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn racing_draws_spend_exactly_the_budget() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let document = "campaign: funded\ntitle: Funded\nwindow: {opens: 2020-01-01T00:00:00Z}\nbudget: {unit: points}\n\
                    prizes: [{id: mug, title: Mug, stock: unlimited, value: 30}]\npools: {default: {mug: 1}}\n\
                    trees: {default: {root: give, nodes: {give: {grant: drawn, sold_out: nothing}}}}\n";
    server.operator().publish("funded", document).await;
    let budget = "/v1/operator/campaigns/funded/budget";
    server.operator().post(budget, &json!({"unit": "points", "add": 1_000})).await;
    let mut tasks = JoinSet::new();
    for number in 0..32 {
        let client = server.client();
        tasks.spawn(async move {
            let mut won = 0;
            for draw in 0..8 {
                let (status, drawn) =
                    client.draw("funded", &format!("p{}", number % 20), &format!("{number}-{draw}")).await;
                assert_eq!(status, StatusCode::CREATED, "{drawn:#}");
                won += u32::from(drawn["outcome"]["kind"] == "prize");
            }
            won
        });
    }
    assert_eq!(tasks.join_all().await.iter().sum::<u32>(), 33);
    let (_, left) = server.operator().get(budget).await;
    assert_eq!(left["items"], json!([{"unit": "points", "left": 10}]));
    server.kill();
    invariants::check(data.path()).await;
}
