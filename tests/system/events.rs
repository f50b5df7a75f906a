//! Events over HTTP: what players did earns what rules say, once, in every campaign that it concerns.

use std::time::UNIX_EPOCH;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tombola_domain::time::Timestamp;

use crate::harness::{Caller, Server, answer, make_token};
use crate::invariants;

/// Gives for purchases and for referred ones.
fn document(campaign: &str, rest: &str) -> String {
    format!(
        "campaign: {campaign}\ntitle: Events\nwindow: {{opens: 2020-01-01T00:00:00Z, timezone: Asia/Shanghai}}\n\
         chances: {{granted: 1}}\nprizes: [{{id: mug, title: Mug, stock: 2}}]\npools: {{default: {{mug: 1}}}}\n{rest}"
    )
}

const SHOP: &str = "events: {purchase: {attributes: {paid: {type: integer, minimum: 0}}}}\nrebates:\n\
    - {id: cashback, on: purchase, rule: purchase-rebate@1, config: {attribute: paid, per_mille: 50, unit: points}}\n\
    - {id: third, on: purchase, rule: milestone@1, config: {every: 3, rewards: [{chances: 1}, {prize: mug}]}}\n\
    - {id: bring, on: purchase, rule: referral@1, config: {referrer: [{unit: points, amount: 7}], player: [{chances: 1}]}}\n";

pub(crate) async fn shop(data: &TempDir) -> Server {
    let server = Server::start(data.path()).await;
    open_shop(&server).await;
    server
}

pub(crate) async fn open_shop(server: &Server) {
    server.operator().publish("shop", &document("shop", SHOP)).await;
}

pub(crate) async fn report(client: &Caller, body: &Value) -> (StatusCode, Value) {
    let request = client.request(Method::POST, "/v1/events").json(body);
    answer(request).await.expect("an answer")
}

pub(crate) fn purchase(player: &str, id: &str, paid: i64) -> Value {
    json!({"id": id, "type": "purchase", "player": player, "attributes": {"paid": paid, "shop": "elsewhere"}})
}

async fn balance(server: &Server, player: &str) -> i64 {
    let (_, balances) = server.client().get(&format!("/v1/players/{player}/balances")).await;
    balances["items"][0]["balance"].as_i64().unwrap_or_default()
}

/// What one campaign gave, as `kind amount outcome`.
fn given(answer: &Value) -> Vec<String> {
    let rewards = answer["rewards"].as_array().unwrap();
    let text = |reward: &Value| {
        let what = reward["unit"].as_str().or(reward["prize"].as_str()).unwrap_or("chances");
        format!(
            "{what} {} {} {}",
            reward["amount"],
            reward["for"].as_str().unwrap(),
            reward["outcome"].as_str().unwrap()
        )
    };
    rewards.iter().map(text).collect()
}

pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    for _ in 0..200 {
        if holds().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it never came about that {what}");
}

#[tokio::test]
async fn events_earn_what_rules_say_and_once() {
    let data = TempDir::new().unwrap();
    let server = shop(&data).await;
    let client = server.client();
    let (status, first) = report(&client, &purchase("alice", "order-1", 1999)).await;
    assert_eq!(status, StatusCode::CREATED, "{first:#}");
    assert_eq!(given(&first["campaigns"][0]), ["points 99 player granted"], "{first:#}");
    assert_eq!(report(&client, &purchase("alice", "order-1", 1999)).await, (StatusCode::OK, first.clone()));
    let (status, reused) = report(&client, &purchase("alice", "order-1", 2000)).await;
    assert_eq!((status, &reused["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("event-reused")));
    assert_eq!(client.get("/v1/players/alice/events/order-1").await, (StatusCode::OK, first));
    report(&client, &purchase("alice", "order-2", 100)).await;
    let (_, third) = report(&client, &purchase("alice", "order-3", 0)).await;
    let rebate = &third["campaigns"][0];
    assert_eq!(given(rebate), ["chances 1 player granted", "mug 1 player granted"], "{third:#}");
    assert_eq!(balance(&server, "alice").await, 104);
    let (_, player) = client.get("/v1/campaigns/shop/players/alice").await;
    assert_eq!(player["chances"], 2, "{player:#}");
    let award = rebate["rewards"][1]["award"].as_str().unwrap();
    let (_, award) = server.operator().get(&format!("/v1/operator/awards/{award}")).await;
    assert_eq!((&award["state"], &award["rebate"]), (&json!("delivered"), &rebate["rebate"]), "{award:#}");
    let path = format!("/v1/rebates/{}/receipt", rebate["rebate"].as_str().unwrap());
    let (status, receipt) = client.get(&path).await;
    assert_eq!((status, &receipt["digest"]), (StatusCode::OK, &rebate["receipt"]), "{receipt:#}");
    assert_eq!(receipt["disclosure"]["event"], "order-3");
    let (_, lines) = client.get("/v1/players/alice/balances/points/transfers").await;
    assert_eq!(lines["items"][0]["why"], "reward");
    server.kill();
    invariants::check(data.path()).await;
}

/// With the event, and in a list of their own: a referrer sees theirs there, and not what the other's event is called.
#[tokio::test]
async fn players_see_how_far_their_awards_are() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let rebates = "events: {visit: {}}\nrebates:\n    - {id: bring, on: visit, rule: referral@1, \
                   config: {referrer: [{prize: hamper}], player: [{prize: hamper}, {prize: mug}]}}\n";
    let hamper = "prizes: [{id: hamper, title: Hamper, stock: 9, data: {size: 2}, deliver: {manual: true}}, ";
    server.operator().publish("shop", &document("shop", rebates).replace("prizes: [", hamper)).await;
    let client = server.client();
    let body = json!({"id": "visit-1", "type": "visit", "player": "bob", "referrer": "alice"});
    let (_, event) = report(&client, &body).await;
    let rewards = event["campaigns"][0]["rewards"].as_array().unwrap();
    let states: Vec<_> = rewards.iter().map(|reward| reward["state"].as_str().unwrap_or("-")).collect();
    let own: Vec<_> = rewards.iter().filter(|reward| reward["for"] == "player").collect();
    assert_eq!((states.len(), own.len()), (3, 2), "{event:#}");
    assert_eq!([&own[0]["state"], &own[1]["state"]], ["to_do", "delivered"], "{event:#}");
    let hamper = own[0]["award"].as_str().unwrap();
    let moved = format!("/v1/operator/awards/{hamper}");
    server.operator().post(&moved, &json!({"state": "in_progress", "reason": "packed"})).await;
    let told = |reward: &Value| -> Vec<_> {
        let steps = reward["history"].as_array().unwrap().iter();
        steps.map(|step| step["state"].as_str().unwrap().to_owned()).collect()
    };
    let (_, event) = client.get("/v1/players/bob/events/visit-1").await;
    let rewards = event["campaigns"][0]["rewards"].as_array().unwrap();
    let [own, of_referrer] =
        ["player", "referrer"].map(|whose| rewards.iter().find(|one| one["for"] == whose).unwrap());
    assert_eq!((&own["state"], told(own)), (&json!("in_progress"), vec!["to_do".to_owned(), "in_progress".to_owned()]));
    assert_eq!((&of_referrer["state"], &of_referrer["award"]), (&Value::Null, &Value::Null), "{event:#}");

    let list = async |player: &str| client.get(&format!("/v1/campaigns/shop/players/{player}/awards")).await.1;
    eventually("alice has hers", async || list("alice").await["items"].as_array().unwrap().len() == 1).await;
    let hers = &list("alice").await["items"][0];
    assert_eq!(
        (&hers["prize"], &hers["state"], &hers["data"]),
        (&json!("hamper"), &json!("to_do"), &json!({"size": 2}))
    );
    assert_eq!((&hers["event"], hers["won_at"] == hers["history"][0]["at"]), (&Value::Null, true), "{hers:#}");
    let (_, page) = client.get("/v1/campaigns/shop/players/bob/awards?limit=1").await;
    let next = page["next"].as_str().unwrap();
    let (_, behind) = client.get(&format!("/v1/campaigns/shop/players/bob/awards?limit=1&cursor={next}")).await;
    let prizes = [&page["items"][0], &behind["items"][0]].map(|award| (award["prize"].clone(), award["event"].clone()));
    assert_eq!(prizes, [(json!("mug"), json!("visit-1")), (json!("hamper"), json!("visit-1"))]);
    assert_eq!(behind["next"], Value::Null);
    let body = json!({"id": "back", "player": "bob", "reverses": "visit-1"});
    assert_eq!(report(&client, &body).await.0, StatusCode::CREATED);
    assert_eq!(list("bob").await["items"][1]["state"], "voided");
    let (_, event) = client.get("/v1/players/bob/events/visit-1").await;
    let voided = event["campaigns"][0]["rewards"].as_array().unwrap().iter().filter(|one| one["state"] == "voided");
    assert_eq!(voided.count(), 2, "{event:#}");
    server.kill();
    invariants::check(data.path()).await;
}

#[tokio::test]
async fn referrers_get_theirs_by_and_by() {
    let data = TempDir::new().unwrap();
    let server = shop(&data).await;
    let mut body = purchase("bob", "order-1", 100);
    body["referrer"] = json!("alice");
    let (_, event) = report(&server.client(), &body).await;
    let all = ["points 5 player granted", "points 7 referrer granted", "chances 1 player granted"];
    assert_eq!(given(&event["campaigns"][0]), all, "{event:#}");
    eventually("alice has 7", async || balance(&server, "alice").await == 7).await;
    body["id"] = json!("order-2");
    body["referrer"] = json!("bob");
    let (status, problem) = report(&server.client(), &body).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("body-invalid")));
    server.kill();
    invariants::check(data.path()).await;
}

#[tokio::test]
async fn events_that_are_late_early_or_wrong_have_defined_answers() {
    let data = TempDir::new().unwrap();
    let server = shop(&data).await;
    let client = server.client();
    server
        .operator()
        .publish(
            "past",
            &document("past", SHOP)
                .replace("2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z, closes: 2021-01-01T00:00:00Z"),
        )
        .await;
    let now = i64::try_from(UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    let at = |hours: i64| Timestamp::from_millis(now + hours * 3_600_000).to_string();
    for (hours, code) in [(1, "event-ahead"), (-24 * 32, "event-late")] {
        let mut body = purchase("alice", "order-1", 1);
        body["occurred_at"] = json!(at(hours));
        let (status, problem) = report(&client, &body).await;
        assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(code)));
    }
    let mut late = purchase("alice", "order-2", 1000);
    late["occurred_at"] = json!(at(-48));
    let (status, event) = report(&client, &late).await;
    assert_eq!((status, event["campaigns"].as_array().unwrap().len()), (StatusCode::CREATED, 1), "{event:#}");
    let mut wrong = purchase("alice", "order-3", 1);
    wrong["attributes"]["paid"] = json!(-1);
    let (status, event) = report(&client, &wrong).await;
    let refused = &event["campaigns"][0];
    assert_eq!(
        (status, &refused["state"], &refused["code"]),
        (StatusCode::CREATED, &json!("refused"), &json!("attribute-refused")),
        "{event:#}"
    );
    let (status, event) = report(&client, &json!({"id": "x", "type": "nothing", "player": "alice"})).await;
    assert_eq!((status, &event["campaigns"]), (StatusCode::CREATED, &json!([])));
    let batch = json!({"events": [
        purchase("alice", "order-4", 20), {"id": "", "type": "t", "player": "p"},
        {"id": "1", "type": "t", "player": "p", "attributes": {"lat": 1.5}}, {"id": "1", "type": "t", "player": "p", "kind": "t"}, 7,
        {"id": "1", "type": "t", "player": "p", "attributes": {"n": 9_007_199_254_740_992_i64}}, purchase("bob", "order-4", 20),
    ]});
    let (status, answers) = answer(client.request(Method::POST, "/v1/events/batch").json(&batch)).await.unwrap();
    let statuses: Vec<_> =
        answers["items"].as_array().unwrap().iter().map(|item| item["status"].as_u64().unwrap()).collect();
    assert_eq!((status, statuses), (StatusCode::OK, vec![201, 422, 422, 422, 422, 422, 201]), "{answers:#}");
    let detail = |place: usize| answers["items"][place]["problem"]["detail"].as_str().unwrap().to_owned();
    assert!(detail(2).starts_with("attributes.lat: ") && detail(3).contains("kind"), "{answers:#}");
    assert_eq!(balance(&server, "alice").await, 51);
    server.kill();
    invariants::check(data.path()).await;
}

/// A campaign that is paused holds back no other, and loses nothing.
#[tokio::test]
async fn events_wait_where_a_campaign_is_paused() {
    let data = TempDir::new().unwrap();
    let server = shop(&data).await;
    let (client, operator) = (server.client(), server.operator());
    operator.publish("other", &document("other", SHOP)).await;
    let pause = async |what: &str| operator.post(&format!("/v1/operator/campaigns/shop/{what}"), &json!({})).await;
    assert_eq!(pause("pause").await.0, StatusCode::OK);
    let (status, event) = report(&client, &purchase("alice", "order-1", 100)).await;
    let all: Vec<_> = event["campaigns"].as_array().unwrap().iter().map(|answer| &answer["state"]).collect();
    assert_eq!((status, all), (StatusCode::CREATED, vec![&json!("decided"), &json!("waiting")]), "{event:#}");
    assert_eq!(balance(&server, "alice").await, 5);
    assert_eq!(pause("resume").await.0, StatusCode::OK);
    eventually("the other 5 come", async || balance(&server, "alice").await == 10).await;
    let (_, event) = client.get("/v1/players/alice/events/order-1").await;
    assert_eq!(event["campaigns"][1]["state"], "decided", "{event:#}");
    server.kill();
    invariants::check(data.path()).await;
}

/// What was taken is not taken back in silence.
#[tokio::test]
async fn who_waits_for_a_campaign_in_vain_is_told_so() {
    let data = TempDir::new().unwrap();
    let server = shop(&data).await;
    let (client, operator) = (server.client(), server.operator());
    let pause = async |what: &str| operator.post(&format!("/v1/operator/campaigns/shop/{what}"), &json!({})).await;
    assert_eq!(pause("pause").await.0, StatusCode::OK);
    let (_, event) = report(&client, &purchase("alice", "order-1", 100)).await;
    assert_eq!(event["campaigns"][0]["state"], "waiting", "{event:#}");
    operator.publish("shop", &document("shop", "")).await;
    assert_eq!(pause("resume").await.0, StatusCode::OK);
    let state = async || client.get("/v1/players/alice/events/order-1").await.1["campaigns"][0].clone();
    eventually("it is refused", async || state().await["state"] == "refused").await;
    assert_eq!(state().await["code"], "event-unbound");
    server.kill();
    invariants::check(data.path()).await;
}

/// A token for one campaign neither reports to another one nor sees what came of it there.
#[tokio::test]
async fn events_go_no_further_than_their_token() {
    let data = TempDir::new().unwrap();
    let server = shop(&data).await;
    server.operator().publish("other", &document("other", SHOP)).await;
    let token = server.stranger(Some(&make_token(data.path(), "shop", "client", Some("shop"))));
    let (_, event) = report(&token, &purchase("alice", "order-1", 100)).await;
    let names: Vec<_> = event["campaigns"].as_array().unwrap().iter().map(|answer| &answer["campaign"]).collect();
    assert_eq!(names, [&json!("shop")]);
    assert_eq!(balance(&server, "alice").await, 5);
    let stranger = server.stranger(Some(&make_token(data.path(), "other", "client", Some("other"))));
    assert_eq!(stranger.get("/v1/players/alice/events/order-1").await.0, StatusCode::NOT_FOUND);
}

/// A prize that is a coupon code is told with its event, also when it is asked again, and nowhere else.
#[tokio::test]
async fn events_give_coupon_codes() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let (client, operator) = (server.client(), server.operator());
    assert!(operator.put("/v1/operator/code-pools/shop", &json!({})).await.0.is_success());
    let load = operator.request(Method::POST, "/v1/operator/code-pools/shop/codes").header("Idempotency-Key", "codes");
    let (status, loaded) = answer(load.header("Content-Type", "text/csv").body("SECRET-1\n")).await.unwrap();
    assert!(status.is_success(), "{loaded:#}");
    let document = "campaign: coupons\ntitle: Coupons\nwindow: {opens: 2020-01-01T00:00:00Z}\n\
                    prizes: [{id: mug, title: Mug, stock: unlimited}, {id: coupon, title: Coupon, deliver: {codes: shop}}]\n\
                    pools: {default: {mug: 1}}\nevents: {visit: {}}\n\
                    rebates: [{id: each, on: visit, rule: milestone@1, config: {every: 1, rewards: [{prize: coupon}]}}]\n";
    operator.publish("coupons", document).await;
    let visit = |id: &str| json!({"id": id, "type": "visit", "player": "alice"});
    let (_, first) = report(&client, &visit("1")).await;
    let reward = &first["campaigns"][0]["rewards"][0];
    assert_eq!((&reward["outcome"], &reward["coupon_code"]), (&json!("granted"), &json!("SECRET-1")), "{first:#}");
    assert_eq!(report(&client, &visit("1")).await, (StatusCode::OK, first.clone()));
    let (_, second) = report(&client, &visit("2")).await;
    assert_eq!(second["campaigns"][0]["rewards"][0]["outcome"], "sold_out", "{second:#}");
    let receipt = format!("/v1/rebates/{}/receipt", first["campaigns"][0]["rebate"].as_str().unwrap());
    for path in [receipt.as_str(), "/v1/operator/feed?after=0", "/v1/operator/audit"] {
        let (status, shown) = operator.get(path).await;
        assert_eq!((status, shown.to_string().contains("SECRET")), (StatusCode::OK, false), "{path}: {shown:#}");
    }
    server.kill();
    invariants::check(data.path()).await;
}
