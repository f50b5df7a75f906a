//! Setting things right over HTTP: awards that are voided, and events that are reversed as a whole or in part.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Caller, Server, answer, make_token, new_key};
use crate::invariants;

/// Gives for purchases, and draws hampers.
fn document(campaign: &str, rest: &str) -> String {
    format!(
        "campaign: {campaign}\ntitle: Reversals\nwindow: {{opens: 2020-01-01T00:00:00Z}}\nchances: {{granted: 1}}\n\
         prizes: [{{id: hamper, title: Hamper, stock: 1, deliver: {{manual: true}}}}, {{id: gold, title: Gold, stock: unlimited, deliver: {{points: 6}}}}]\n\
         pools: {{default: {{hamper: 1}}}}\nevents: {{purchase: {{attributes: {{paid: {{type: integer, minimum: 0}}}}}}}}\nrebates:\n\
         - {{id: cashback, on: purchase, rule: purchase-rebate@1, config: {{attribute: paid, per_mille: 50, unit: points}}}}\n\
         - {{id: each, on: purchase, rule: milestone@1, config: {{every: 1, rewards: [{{chances: 2}}, {{prize: gold}}]}}}}\n\
         - {{id: bring, on: purchase, rule: referral@1, config: {{referrer: [{{unit: points, amount: 7}}], player: []}}}}\n\
         skus: [{{id: one, title: One, chances: 1, price: {{unit: points, amount: 60}}, stock: unlimited}}]\n{rest}"
    )
}

async fn shop(data: &TempDir, rest: &str) -> Server {
    let server = Server::start(data.path()).await;
    server.operator().publish("shop", &document("shop", rest)).await;
    server
}

async fn report(client: &Caller, body: &Value) -> (StatusCode, Value) {
    answer(client.request(Method::POST, "/v1/events").json(body)).await.expect("an answer")
}

/// Earns 100 points, two chances and a piece of gold that is 6 points.
fn purchase(id: &str) -> Value {
    json!({"id": id, "type": "purchase", "player": "alice", "attributes": {"paid": 2000}})
}

fn reversal(id: &str, of: &str, part: Option<[i64; 2]>) -> Value {
    match part {
        None => json!({"id": id, "player": "alice", "reverses": of}),
        Some([amount, whole]) => {
            json!({"id": id, "player": "alice", "reverses": of, "part": {"amount": amount, "of": whole}})
        }
    }
}

/// What somebody has, and owes.
async fn has(server: &Server, player: &str) -> (i64, i64) {
    let (_, balances) = server.client().get(&format!("/v1/players/{player}/balances")).await;
    let points = &balances["items"][0];
    (points["balance"].as_i64().unwrap_or_default(), points["owed"].as_i64().unwrap_or_default())
}

async fn chances(server: &Server) -> Value {
    server.client().get("/v1/campaigns/shop/players/alice").await.1["chances"].clone()
}

async fn eventually<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    for _ in 0..200 {
        if holds().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it never came about that {what}");
}

async fn buy(server: &Server) {
    let request = server.client().request(Method::POST, "/v1/campaigns/shop/orders");
    let request = request.header("Idempotency-Key", new_key()).json(&json!({"player": "alice", "sku": "one"}));
    assert_eq!(answer(request).await.unwrap().0, StatusCode::CREATED);
}

async fn check(server: Server, data: &TempDir) {
    server.kill();
    invariants::check(data.path()).await;
}

#[tokio::test]
async fn a_voided_award_is_taken_back_with_a_reason() {
    let data = TempDir::new().unwrap();
    let server = shop(&data, "").await;
    let (client, operator) = (server.client(), server.operator());
    let (_, draw) = client.draw("shop", "alice", "1").await;
    let award = format!("{}-1", draw["id"].as_str().unwrap());
    let path = format!("/v1/operator/awards/{award}");
    let (status, problem) = operator.post(&path, &json!({"state": "voided"})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("reason-missing")));
    let (status, voided) = operator.post(&path, &json!({"state": "voided", "reason": "drawn by a robot"})).await;
    assert_eq!((status, &voided["state"]), (StatusCode::OK, &json!("voided")), "{voided:#}");
    assert_eq!(voided["changes"][0]["note"], "drawn by a robot");
    let (status, problem) = operator.post(&path, &json!({"state": "to_do", "reason": "no"})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("award-state-refused")));
    let (_, shown) = client.get(&format!("/v1/draws/{}", draw["id"].as_str().unwrap())).await;
    assert_eq!((&shown["award"]["state"], &shown["ordinal"]), (&json!("voided"), &json!(1)));
    let (_, stock) = operator.get("/v1/operator/campaigns/shop/stock").await;
    let hamper = &stock["items"][0];
    assert_eq!((&hamper["stock"], &hamper["issued"]), (&json!(2), &json!(1)), "{stock:#}");

    let (_, event) = report(&client, &purchase("order-1")).await;
    let gold = event["campaigns"][0]["rewards"][2]["award"].as_str().unwrap().to_owned();
    eventually("the gold is there", async || has(&server, "alice").await == (106, 0)).await;
    let csv = |reason: &str| {
        let request = operator.request(Method::POST, &format!("/v1/operator/awards{reason}"));
        let request = request.header("Idempotency-Key", new_key()).header("Content-Type", "text/csv");
        answer(request.body(format!("{gold},voided\n{award},voided\n")))
    };
    let (status, problem) = csv("").await.unwrap();
    assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("reason-missing")));
    let (_, moved) = csv("?reason=counterfeit").await.unwrap();
    let results: Vec<_> = moved["items"].as_array().unwrap().iter().map(|item| &item["result"]).collect();
    assert_eq!(results, [&json!("moved"), &json!("unchanged")], "{moved:#}");
    assert_eq!(has(&server, "alice").await, (100, 0));
    check(server, &data).await;
}

#[tokio::test]
async fn parts_of_an_event_are_reversed_until_it_is_whole() {
    let data = TempDir::new().unwrap();
    let server = shop(&data, "").await;
    let client = server.client();
    let (_, event) = report(&client, &purchase("order-1")).await;
    let gold = event["campaigns"][0]["rewards"][2]["award"].clone();
    eventually("the gold is there", async || has(&server, "alice").await == (106, 0)).await;
    buy(&server).await;
    let third = reversal("return-1", "order-1", Some([1, 3]));
    let (status, first) = report(&client, &third).await;
    assert_eq!(status, StatusCode::CREATED, "{first:#}");
    assert_eq!(
        first["campaigns"],
        json!([{"campaign": "shop", "state": "reversed", "chances": 0, "awards": [],
                "points": [{"unit": "points", "amount": 33, "owed": 0, "lost": 0, "lapsed": 0}]}])
    );
    assert_eq!((&first["type"], &first["reverses"]), (&json!("purchase"), &json!("order-1")));
    assert_eq!(report(&client, &third).await, (StatusCode::OK, first.clone()));
    assert_eq!(client.get("/v1/players/alice/events/return-1").await, (StatusCode::OK, first));
    let (_, original) = client.get("/v1/players/alice/events/order-1").await;
    assert_eq!(original["campaigns"][0]["reversed"], json!({"amount": 1, "of": 3}), "{original:#}");
    assert_eq!(has(&server, "alice").await, (13, 0));

    let cases = [
        (reversal("return-2", "order-1", Some([3, 3])), 409, "reversal-exceeds"),
        (reversal("return-2", "order-1", Some([1, 4])), 422, "reversal-mismatched"),
        (reversal("return-2", "order-2", None), 404, "reversed-event-unknown"),
        (reversal("return-2", "return-1", None), 422, "reversal-not-reversible"),
        (reversal("return-1", "order-1", None), 422, "event-reused"),
        (reversal("return-2", "order-1", Some([0, 3])), 422, "body-invalid"),
        (reversal("return-2", "order-1", Some([4, 3])), 422, "body-invalid"),
    ];
    for (body, expected, code) in cases {
        let (status, problem) = report(&client, &body).await;
        assert_eq!((status.as_u16(), &problem["code"]), (expected, &json!(code)), "{body:#}");
    }
    let mut odd = reversal("return-2", "order-1", None);
    odd["type"] = json!("visit");
    assert_eq!(report(&client, &odd).await.1["code"], "reversal-mismatched");
    odd["attributes"] = json!({"paid": 1});
    assert_eq!(report(&client, &odd).await.1["code"], "body-invalid");
    assert_eq!(has(&server, "alice").await, (13, 0));

    let (status, last) = report(&client, &reversal("return-2", "order-1", None)).await;
    assert_eq!(status, StatusCode::CREATED, "{last:#}");
    let shop = &last["campaigns"][0];
    assert_eq!((&shop["chances"], &shop["awards"]), (&json!(2), &json!([gold])), "{last:#}");
    // The gold is taken out of nothing as well: 67 and 6 less 13 are owed.
    assert_eq!(shop["points"], json!([{"unit": "points", "amount": 67, "owed": 54, "lost": 0, "lapsed": 0}]));
    assert_eq!((has(&server, "alice").await, chances(&server).await), ((0, 60), json!(2)));
    let (status, problem) = report(&client, &reversal("return-3", "order-1", None)).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("reversal-exceeds")));
    report(&client, &purchase("order-2")).await;
    eventually("what comes in pays the debt", async || has(&server, "alice").await == (46, 0)).await;
    check(server, &data).await;
}

#[tokio::test]
async fn a_house_that_says_so_bears_what_is_short() {
    let data = TempDir::new().unwrap();
    let server = shop(&data, "shortfall: loss\n").await;
    let client = server.client();
    report(&client, &purchase("order-1")).await;
    buy(&server).await;
    let (_, reversed) = report(&client, &reversal("return-1", "order-1", None)).await;
    let points = &reversed["campaigns"][0]["points"][0];
    assert_eq!((&points["amount"], &points["owed"]), (&json!(100), &json!(0)), "{reversed:#}");
    assert!(points["lost"].as_i64().unwrap() >= 54, "{reversed:#}");
    assert_eq!(has(&server, "alice").await, (0, 0));
    check(server, &data).await;
}

#[tokio::test]
async fn a_referrer_keeps_nothing_of_what_is_reversed() {
    let data = TempDir::new().unwrap();
    let server = shop(&data, "").await;
    let client = server.client();
    for number in 0..8 {
        let mut body = purchase(&format!("order-{number}"));
        body["referrer"] = json!("bob");
        report(&client, &body).await;
        // Some are on their way and some are there.
        let back = reversal(&format!("return-{number}"), &format!("order-{number}"), None);
        assert_eq!(report(&client, &back).await.0, StatusCode::CREATED);
    }
    assert_eq!((has(&server, "bob").await, has(&server, "alice").await), ((0, 0), (0, 0)));
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!((has(&server, "bob").await, has(&server, "alice").await), ((0, 0), (0, 0)));
    check(server, &data).await;
}

/// A part can't be taken of what is not decided; the whole can, and only where the token reaches.
#[tokio::test]
async fn a_reversal_ends_waiting_and_goes_no_further_than_its_token() {
    let data = TempDir::new().unwrap();
    let server = shop(&data, "").await;
    let (client, operator) = (server.client(), server.operator());
    operator.publish("other", &document("other", "")).await;
    let pause = async |what: &str| operator.post(&format!("/v1/operator/campaigns/shop/{what}"), &json!({})).await;
    assert_eq!(pause("pause").await.0, StatusCode::OK);
    report(&client, &purchase("order-1")).await;
    let (status, problem) = report(&client, &reversal("return-1", "order-1", Some([1, 2]))).await;
    assert_eq!(
        (status, &problem["code"], &problem["retryable"]),
        (StatusCode::CONFLICT, &json!("reversal-early"), &json!(true))
    );
    let stranger = server.stranger(Some(&make_token(data.path(), "third", "client", Some("third"))));
    let (status, problem) = report(&stranger, &reversal("return-1", "order-1", None)).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("reversed-event-unknown")));
    let shop = server.stranger(Some(&make_token(data.path(), "shop", "client", Some("shop"))));
    let (status, reversed) = report(&shop, &reversal("return-1", "order-1", None)).await;
    assert_eq!((status, reversed["campaigns"].as_array().unwrap().len()), (StatusCode::CREATED, 1), "{reversed:#}");
    assert_eq!(pause("resume").await.0, StatusCode::OK);
    let (_, original) = client.get("/v1/players/alice/events/order-1").await;
    let outcomes: Vec<_> = original["campaigns"].as_array().unwrap().iter().map(|answer| &answer["state"]).collect();
    assert_eq!(outcomes, [&json!("decided"), &json!("refused")], "{original:#}");
    assert_eq!(original["campaigns"][1]["code"], "event-reversed");
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert_eq!(has(&server, "alice").await, (106, 0));
    check(server, &data).await;
}
