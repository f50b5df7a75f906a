//! How far a token reaches that is for some campaigns: every operation is asked for as it should be, by who may and by who may not,
//! so that nothing but the token can be why it is refused.

use std::collections::BTreeSet;
use std::path::Path;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;
use tombola_standard_rules::standard;

use crate::documents;
use crate::harness::{Server, answer, make_token, new_key};
use crate::roles::OPEN;

/// The campaign that operations are of, and the one that others' tokens are for.
const OWN: &str = "stocked";
const OTHER: &str = "elsewhere";

/// Whom an operation refuses that has the role for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Tokens for other campaigns.
    Campaign,
    /// Those as well, but as if there were nothing.
    Hidden,
    /// Tokens for some campaigns, since it changes what all of them see.
    All,
    /// Nobody. What it answers may be filtered.
    Anyone,
}
use Scope::{All, Anyone, Campaign, Hidden};

enum Body {
    Nothing,
    /// None, and a reason in the query.
    Reason,
    Json(Value),
    Text(&'static str, String),
    Component(&'static [u8]),
}

struct Operation {
    /// As the description says it.
    name: &'static str,
    scope: Scope,
    body: Body,
}

/// A campaign that sells chances.
fn shop() -> String {
    let skus = "skus: [{id: five, title: Five more, chances: 5, price: {unit: points, amount: 1}, stock: 9}]\n";
    let rebates = "events: {visit: {}}\nrebates: [{id: daily, on: visit, rule: sign-in@1, config: {chances: 1}}]\n";
    format!("{}chances: {{granted: 9}}\n{skus}{rebates}", documents::stocked(OWN, 9))
}

/// Every operation that takes a token, after those whose doing it needs. One that is missing here fails the test.
fn operations() -> Vec<Operation> {
    let document = || Body::Text("application/yaml", shop());
    let because = || Body::Json(json!({"reason": "for a test"}));
    // It is there already, which is no error.
    let component = Body::Component(standard()[0].component);
    let all = [
        ("GET /v1/campaigns", Anyone, Body::Nothing),
        ("GET /v1/campaigns/{campaign}", Campaign, Body::Nothing),
        ("POST /v1/campaigns/{campaign}/draws", Campaign, Body::Json(json!({"player": "alice"}))),
        ("GET /v1/campaigns/{campaign}/players/{player}", Campaign, Body::Nothing),
        ("GET /v1/draws/{draw}", Hidden, Body::Nothing),
        ("GET /v1/draws/{draw}/receipt", Hidden, Body::Nothing),
        ("GET /v1/epochs", Anyone, Body::Nothing),
        ("GET /v1/keys", Anyone, Body::Nothing),
        // Campaigns that it is not for are not told of the event.
        ("POST /v1/events", Anyone, Body::Json(json!({"id": "e", "type": "visit", "player": "alice"}))),
        (
            "POST /v1/events/batch",
            Anyone,
            Body::Json(json!({"events": [{"id": "e", "type": "visit", "player": "alice"}]})),
        ),
        ("GET /v1/players/{player}/events/{event}", Hidden, Body::Nothing),
        ("GET /v1/rebates/{rebate}/receipt", Hidden, Body::Nothing),
        ("GET /v1/campaigns/{campaign}/players/{player}/awards", Campaign, Body::Nothing),
        ("GET /v1/players/{player}/balances", Anyone, Body::Nothing),
        ("GET /v1/players/{player}/balances/{unit}/transfers", Anyone, Body::Nothing),
        ("POST /v1/players/{player}/holds", All, Body::Json(json!({"unit": "points", "amount": 1}))),
        ("GET /v1/players/{player}/holds", Anyone, Body::Nothing),
        ("GET /v1/players/{player}/holds/{hold}", Anyone, Body::Nothing),
        ("POST /v1/players/{player}/holds/{hold}/take", All, Body::Json(json!({}))),
        ("POST /v1/players/{player}/holds/{hold}/release", All, Body::Nothing),
        ("POST /v1/players/{player}/tokens", Campaign, Body::Json(json!({"campaigns": [OWN]}))),
        ("GET /v1/operator/audit", Anyone, Body::Nothing),
        ("GET /v1/operator/awards", Anyone, Body::Nothing),
        // Awards that it is not for are answered as unknown.
        ("POST /v1/operator/awards", Anyone, Body::Text("text/csv", "202611-0000-x-1,delivered\n".to_owned())),
        ("GET /v1/operator/awards/{award}", Hidden, Body::Nothing),
        ("POST /v1/operator/awards/{award}", Hidden, Body::Json(json!({"state": "delivered"}))),
        ("GET /v1/operator/campaigns", Anyone, Body::Nothing),
        ("POST /v1/operator/campaigns/{campaign}/check", Campaign, document()),
        ("POST /v1/operator/campaigns/{campaign}/odds", Campaign, Body::Json(json!({}))),
        ("POST /v1/operator/campaigns/{campaign}/pause", Campaign, because()),
        ("POST /v1/operator/campaigns/{campaign}/resume", Campaign, because()),
        ("POST /v1/operator/campaigns/{campaign}/prizes/{prize}/stock", Campaign, Body::Json(json!({"add": 1}))),
        ("POST /v1/operator/campaigns/{campaign}/revisions", Campaign, document()),
        ("GET /v1/operator/campaigns/{campaign}/revisions", Campaign, Body::Nothing),
        ("GET /v1/operator/campaigns/{campaign}/revisions/{revision}", Campaign, Body::Nothing),
        ("POST /v1/operator/campaigns/{campaign}/rollback", Campaign, Body::Json(json!({"to": 1}))),
        ("GET /v1/operator/campaigns/{campaign}/stock", Campaign, Body::Nothing),
        ("POST /v1/operator/campaigns/{campaign}/try", Campaign, Body::Json(json!({}))),
        ("PUT /v1/operator/code-pools/{pool}", All, Body::Json(json!({"low_water": 1}))),
        ("GET /v1/operator/code-pools", Anyone, Body::Nothing),
        ("POST /v1/operator/code-pools/{pool}/codes", All, Body::Text("text/csv", "A-1\n".to_owned())),
        ("POST /v1/operator/code-pools/{pool}/withdraw", All, because()),
        ("PUT /v1/operator/destinations/{destination}", All, Body::Json(destination())),
        ("GET /v1/operator/destinations", Anyone, Body::Nothing),
        ("GET /v1/operator/destinations/{destination}", Anyone, Body::Nothing),
        ("POST /v1/operator/destinations/{destination}/test", All, Body::Nothing),
        ("POST /v1/operator/destinations/{destination}/retry", All, Body::Json(json!({}))),
        ("POST /v1/operator/epochs", All, Body::Reason),
        ("POST /v1/operator/queues/{queue}/retry", All, Body::Json(json!({}))),
        ("GET /v1/operator/queues", Anyone, Body::Nothing),
        ("GET /v1/operator/switches", Anyone, Body::Nothing),
        ("PUT /v1/operator/switches/{switch}", All, Body::Json(json!({"setting": "off"}))),
        ("GET /v1/operator/hosts", Anyone, Body::Nothing),
        ("GET /v1/operator/facts", Anyone, Body::Nothing),
        ("GET /v1/operator/feed", Anyone, Body::Nothing),
        ("PUT /v1/operator/lists/{list}", All, Body::Json(json!({"add": ["bob"]}))),
        ("PUT /v1/operator/lists/{list}/members", All, Body::Text("text/plain", "bob\n".to_owned())),
        ("GET /v1/operator/lists", Anyone, Body::Nothing),
        ("GET /v1/operator/lists/{list}", Anyone, Body::Nothing),
        ("POST /v1/operator/modules", All, component),
        ("GET /v1/operator/modules", Anyone, Body::Nothing),
        ("GET /v1/operator/modules/{digest}", Anyone, Body::Nothing),
        ("GET /v1/operator/modules/{digest}/faults", Anyone, Body::Nothing),
        ("GET /v1/operator/units", Anyone, Body::Nothing),
        ("PUT /v1/operator/units/{unit}", All, Body::Json(json!({"title": "Points"}))),
        ("GET /v1/operator/campaigns/{campaign}/budget", Campaign, Body::Nothing),
        ("POST /v1/operator/campaigns/{campaign}/budget", Campaign, Body::Json(json!({"unit": "points", "add": 1}))),
        ("POST /v1/operator/players/{player}/balances", All, Body::Json(json!({"unit": "points", "add": 9}))),
        ("POST /v1/operator/campaigns/{campaign}/players/{player}/chances", Campaign, Body::Json(json!({"add": 1}))),
        ("POST /v1/campaigns/{campaign}/orders", Campaign, Body::Json(json!({"player": "alice", "sku": "five"}))),
        ("GET /v1/campaigns/{campaign}/players/{player}/orders", Campaign, Body::Nothing),
        ("POST /v1/operator/campaigns/{campaign}/orders/{order}/void", Campaign, because()),
        ("GET /v1/operator/campaigns/{campaign}/players/{player}/chances", Campaign, Body::Nothing),
        ("POST /v1/operator/campaigns/{campaign}/players/{player}/chances/{grant}/void", Campaign, because()),
        ("POST /v1/operator/players/{player}/postings/{posting}/void", All, because()),
        ("POST /v1/operator/players/{player}/holds/{hold}/take", All, because()),
        ("POST /v1/operator/players/{player}/holds/{hold}/release", All, because()),
        ("POST /v1/operator/players/{player}/holds/{hold}/void", All, because()),
        ("DELETE /v1/operator/players/{player}/disclosures", All, Body::Reason),
        ("GET /v1/operator/players/{player}/export", All, Body::Nothing),
        ("GET /v1/operator/reconciliation", All, Body::Nothing),
        ("POST /v1/operator/reconciliation", All, Body::Nothing),
    ];
    all.into_iter().map(|(name, scope, body)| Operation { name, scope, body }).collect()
}

/// One that nobody reaches.
fn destination() -> Value {
    json!({"url": "https://crm.invalid/", "secrets": [format!("whsec_{}", "AAAA".repeat(8))], "call_ms": 100})
}

/// What stands in addresses, made beforehand.
struct Ground {
    server: Server,
    draw: String,
    award: String,
    order: String,
    /// One to be taken and one to be released.
    holds: [String; 2],
    rebate: String,
    grant: String,
    posting: String,
    digest: String,
    tokens: Vec<(&'static str, String)>,
}

impl Ground {
    async fn lay(data: &Path) -> Self {
        let server = Server::start(data).await;
        server.operator().publish(OWN, &shop()).await;
        let (_, draw) = server.client().draw(OWN, "alice", &new_key()).await;
        let (_, modules) = server.operator().get("/v1/operator/modules").await;
        let unit =
            server.operator().request(Method::PUT, "/v1/operator/units/points").json(&json!({"title": "Points"}));
        answer(unit.header("Idempotency-Key", new_key())).await.unwrap();
        let given = json!({"unit": "points", "add": 9});
        let (_, adjusted) = server.operator().post("/v1/operator/players/alice/balances", &given).await;
        let path = format!("/v1/operator/campaigns/{OWN}/players/alice/chances");
        let (_, granted) = server.operator().post(&path, &json!({"add": 1})).await;
        let wanted = json!({"player": "alice", "sku": "five"});
        let (_, order) = server.client().post(&format!("/v1/campaigns/{OWN}/orders"), &wanted).await;
        let wanted = json!({"unit": "points", "amount": 1});
        let (_, first) = server.client().post("/v1/players/alice/holds", &wanted).await;
        let (_, second) = server.client().post("/v1/players/alice/holds", &wanted).await;
        let told = json!({"id": "told", "type": "visit", "player": "alice"});
        let (_, event) = server.client().post("/v1/events", &told).await;
        let token = |(name, role, campaign): (&'static str, &str, Option<&str>)| {
            (name, make_token(data, &name.replace(' ', "-"), role, campaign))
        };
        let tokens = [
            ("client", "client", None),
            ("client of its own", "client", Some(OWN)),
            ("client elsewhere", "client", Some(OTHER)),
            ("operator", "publisher", None),
            ("operator of its own", "publisher", Some(OWN)),
            ("operator elsewhere", "publisher", Some(OTHER)),
        ];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (draw, digest) = (text(&draw["id"]), text(&modules["items"][0]["digest"]));
        let award = format!("{draw}-1");
        let order = text(&order["id"]);
        let holds = [text(&first["id"]), text(&second["id"])];
        let rebate = text(&event["campaigns"][0]["rebate"]);
        let (grant, posting) = (text(&granted["grant"]), adjusted["posting"].to_string());
        Self { server, draw, award, order, holds, rebate, grant, posting, digest, tokens: tokens.map(token).into() }
    }

    async fn ask(&self, operation: &Operation, reach: &str) -> (u16, Value) {
        let (status, body) = answer(self.request(operation, reach, &new_key())).await.expect("an answer");
        (status.as_u16(), body)
    }

    /// The operation, under this key if it writes.
    fn request(&self, operation: &Operation, reach: &str, key: &str) -> RequestBuilder {
        let (method, path) = operation.name.split_once(' ').unwrap();
        let who = if path.starts_with("/v1/operator/") { "operator" } else { "client" };
        let path = [("campaign", OWN), ("player", "alice"), ("prize", "phone"), ("revision", "1"), ("list", "banned")]
            .into_iter()
            .chain([
                ("draw", self.draw.as_str()),
                ("award", self.award.as_str()),
                ("order", self.order.as_str()),
                ("hold", self.holds[usize::from(path.ends_with("/release"))].as_str()),
                ("rebate", self.rebate.as_str()),
                ("grant", self.grant.as_str()),
                ("posting", self.posting.as_str()),
                ("event", "told"),
                ("queue", "points"),
                ("switch", "deliveries-off"),
                ("digest", self.digest.as_str()),
                ("destination", "crm"),
                ("pool", "shop"),
                ("unit", "points"),
            ])
            .fold(path.to_owned(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value));
        let (_, token) = self.tokens.iter().find(|(name, _)| *name == format!("{who}{reach}")).unwrap();
        let method: Method = method.parse().unwrap();
        let request = self.server.stranger(Some(token)).request(method.clone(), &path);
        let request = if method == Method::GET { request } else { request.header("Idempotency-Key", key) };
        match &operation.body {
            Body::Nothing => request,
            Body::Reason => request.query(&[("reason", "why not")]),
            Body::Json(body) => request.json(body),
            Body::Text(kind, body) => request.header("Content-Type", *kind).body(body.clone()),
            Body::Component(bytes) => request.header("Content-Type", "application/wasm").body(*bytes),
        }
    }
}

#[tokio::test]
async fn a_token_reaches_as_far_as_its_campaigns() {
    let data = TempDir::new().unwrap();
    let ground = Ground::lay(data.path()).await;
    let operations = operations();
    for operation in &operations {
        let (refused, taken): (&[(&str, u16)], &[&str]) = match operation.scope {
            Campaign => (&[(" elsewhere", 403)], &[" of its own", ""]),
            Hidden => (&[(" elsewhere", 404)], &[" of its own", ""]),
            All => (&[(" elsewhere", 403), (" of its own", 403)], &[""]),
            Anyone => (&[], &[" elsewhere", " of its own", ""]),
        };
        for (reach, expected) in refused {
            let (status, body) = ground.ask(operation, reach).await;
            assert_eq!(status, *expected, "{}, token{reach}: {body:#}", operation.name);
        }
        for reach in taken {
            let (status, body) = ground.ask(operation, reach).await;
            assert!((200..300).contains(&status), "{}, token{reach}: {status} {body:#}", operation.name);
        }
    }
    let named: BTreeSet<_> = operations.iter().map(|operation| operation.name.to_owned()).collect();
    let described = described(&ground.server, |_| true).await;
    assert_eq!(named, described, "every operation that takes a token stands here, and no other");
}

/// Whatever is written under a key, and events, which are known by their own ids.
#[tokio::test]
async fn whoever_repeats_a_write_is_told() {
    /// What another request has done is told at once.
    const DONE: [&str; 3] = [
        "POST /v1/operator/modules",
        "POST /v1/operator/players/{player}/holds/{hold}/take",
        "POST /v1/operator/players/{player}/holds/{hold}/release",
    ];
    let data = TempDir::new().unwrap();
    let ground = Ground::lay(data.path()).await;
    let takes_key = |call: &Value| {
        let mut parameters = call["parameters"].as_array().into_iter().flatten();
        parameters.any(|parameter| parameter["name"] == "Idempotency-Key")
    };
    let mut keyed = described(&ground.server, takes_key).await;
    keyed.insert("POST /v1/events".to_owned());
    for operation in operations() {
        let key = new_key();
        let mut replays = vec![];
        for _ in 0..2 {
            let response = ground.request(&operation, "", &key).send().await.expect("an answer");
            assert!(response.status().is_success(), "{}: {}", operation.name, response.status());
            replays.push(response.headers().get("idempotency-replayed").map(|value| value == "true"));
        }
        let is_keyed = keyed.remove(operation.name);
        let expected = [DONE.contains(&operation.name).then_some(true), is_keyed.then_some(true)];
        assert_eq!(replays, expected, "{}", operation.name);
    }
    assert_eq!(keyed, BTreeSet::new(), "all that take a key");
}

#[tokio::test]
async fn a_player_s_token_reaches_as_far_as_its_campaigns() {
    let data = TempDir::new().unwrap();
    let ground = Ground::lay(data.path()).await;
    for (campaign, expected) in [(OTHER, 403), (OWN, 201)] {
        let (_, made) =
            ground.server.client().post("/v1/players/alice/tokens", &json!({"campaigns": [campaign]})).await;
        let player = ground.server.stranger(made["token"].as_str());
        let (status, body) = player.post(&format!("/v1/campaigns/{OWN}/draws"), &json!({})).await;
        assert_eq!(status, expected, "with a token for {campaign}: {body:#}");
    }
}

/// What the server says of itself, less what takes no token.
async fn described(server: &Server, wanted: impl Fn(&Value) -> bool) -> BTreeSet<String> {
    let (_, api) = server.stranger(None).get("/openapi.json").await;
    let paths = api["paths"].as_object().unwrap();
    let closed = paths.iter().filter(|(path, _)| !OPEN.contains(&path.as_str()));
    let named = |(path, operations): (&String, &Value)| {
        let operations = operations.as_object().unwrap().iter().filter(|(_, call)| wanted(call));
        operations.map(|(method, _)| format!("{} {path}", method.to_uppercase())).collect::<Vec<_>>()
    };
    closed.flat_map(named).collect()
}
