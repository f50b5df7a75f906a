//! Hostile rules in the running server: whatever they do to their own campaign, it stays up, others draw on, and each
//! receipt says what happened.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tombola_engine::rule::FaultKind;
use tombola_guests::{Comes, EXPECTED, EXPECTED_REBATES, Reason, corpus};

use crate::harness::{Caller, Server, answer, new_key};
use crate::invariants;

/// Guests whose campaigns are made at the same time.
const AT_ONCE: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_rules_do_others_draw_on() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let mut guests = corpus();
    let mut tasks = JoinSet::new();
    for (name, comes) in EXPECTED {
        // What costs all that compiling may cost is tried in the sandbox alone, where it may cost less.
        if matches!(comes, Comes::Refused(Reason::Compile, _)) {
            continue;
        }
        if tasks.len() == AT_ONCE {
            tasks.join_next().await.unwrap().unwrap();
            others_draw_on(&server).await;
        }
        let component = guests.remove(*name).unwrap().component;
        tasks.spawn(check(server.operator(), server.client(), name, component, *comes));
    }
    tasks.join_all().await;
    for (name, comes) in EXPECTED_REBATES {
        if let Some(guest) = guests.remove(*name) {
            rebate(&server.operator(), name, guest.component, *comes).await;
        }
    }
    others_draw_on(&server).await;
    slow_ones_gave_way(&server).await;
    server.kill();
    invariants::check(data.path()).await;
}

async fn others_draw_on(server: &Server) {
    assert_eq!(server.stranger(None).get("/readyz").await.0, StatusCode::OK);
    let (status, draw) = server.client().draw("spring", "alice", &new_key()).await;
    assert_eq!(status, StatusCode::CREATED, "{draw:#}");
}

/// Rules that take all their fuel did so beside the threads that serve, and nobody else's did.
async fn slow_ones_gave_way(server: &Server) {
    let metrics = server.stranger(None).request(reqwest::Method::GET, "/metrics").send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    let gave_way = |campaign: &str| metrics.contains(&format!("tombola_draws_slow_total{{campaign=\"{campaign}\"}}"));
    for (name, _) in EXPECTED.iter().filter(|(_, comes)| matches!(comes, Comes::Fault(FaultKind::Fuel, _))) {
        assert!(gave_way(name), "{name}: {metrics}");
    }
    assert!(!gave_way("spring") && !gave_way("trap-unreachable"), "{metrics}");
}

async fn check(operator: Caller, client: Caller, name: &'static str, component: Vec<u8>, comes: Comes) {
    let (status, uploaded) = operator.upload(component).await;
    if let Comes::Refused(_, text) = comes {
        assert_eq!((status.as_u16(), &uploaded["code"]), (422, &json!("module-refused")), "{name}: {uploaded:#}");
        assert!(uploaded["detail"].as_str().unwrap().contains(text), "{name}: {uploaded:#}");
        return;
    }
    assert_eq!(status, StatusCode::CREATED, "{name}: {uploaded:#}");
    let (status, published) = publish(&operator, name, "proceed").await;
    match comes {
        Comes::Unconfigured(_, text) | Comes::Unpublished(text) => {
            assert_eq!(
                (status.as_u16(), &published["code"]),
                (422, &json!("document-refused")),
                "{name}: {published:#}"
            );
            let finding = &published["findings"][0];
            assert_eq!(finding["code"], "rule-fault", "{name}: {finding:#}");
            assert!(finding["message"].as_str().unwrap().contains(text), "{name}: {finding:#}");
        }
        Comes::Fault(kind, _) => {
            assert_eq!(status, StatusCode::CREATED, "{name}: {published:#}");
            faulty(&operator, &client, name, kind).await;
        }
        _ => {
            assert_eq!(status, StatusCode::CREATED, "{name}: {published:#}");
            assert_eq!(client.draw(name, "bob", &new_key()).await.0, StatusCode::CREATED, "{name}");
        }
    }
}

/// One that means harm as a rebate alone: what a publish says of it.
async fn rebate(operator: &Caller, name: &str, component: Vec<u8>, comes: Comes) {
    let (status, uploaded) = operator.upload(component).await;
    assert_eq!(status, StatusCode::CREATED, "{name}: {uploaded:#}");
    let document = format!(
        "campaign: {name}\ntitle: Hostile\nwindow: {{opens: 2020-01-01T00:00:00Z}}\nchances: {{granted: 0}}\n\
         prizes: [{{id: mug, title: Mug, stock: unlimited}}]\npools: {{default: {{mug: 1}}}}\n\
         events: {{visit: {{}}}}\nrebates: [{{id: hostile, on: visit, rule: {name}@1}}]\n"
    );
    let (status, unit) = operator.put("/v1/operator/units/coins", &json!({"title": "Coins"})).await;
    assert_eq!(status, StatusCode::OK, "{unit:#}");
    let (status, published) = publish_document(operator, name, document).await;
    match comes {
        Comes::Unconfigured(_, text) | Comes::Unpublished(text) => {
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name}: {published:#}");
            let message = published["findings"][0]["message"].as_str().unwrap();
            assert!(message.contains(text), "{name}: {published:#}");
        }
        _ => assert_eq!(status, StatusCode::CREATED, "{name}: {published:#}"),
    }
}

/// A guard that fails and the nodes after it; then the same guard where its failing refuses.
async fn faulty(operator: &Caller, client: &Caller, name: &str, kind: FaultKind) {
    let (status, draw) = persist(client, name).await;
    assert_eq!(status, StatusCode::CREATED, "{name}: {draw:#}");
    let (_, receipt) = client.get(&format!("/v1/draws/{}/receipt", draw["id"].as_str().unwrap())).await;
    let steps: Vec<&str> = (0..3).map(|step| receipt["steps"][step]["outcome"].as_str().unwrap()).collect();
    assert_eq!(steps[..2], [format!("fault, proceed: {kind}").as_str(), "choose better"], "{name}: {receipt:#}");
    let prize = if steps[2] == "grant points" { "points" } else { "mug" };
    assert_eq!(draw["outcome"]["prize"], prize, "{name}: {steps:?}");

    let (status, published) = publish(operator, name, "refuse").await;
    assert_eq!(status, StatusCode::CREATED, "{name}: {published:#}");
    let (status, draw) = persist(client, name).await;
    assert_eq!((status, &draw["outcome"]["code"]), (StatusCode::OK, &json!("guard-fault")), "{name}: {draw:#}");
}

/// As a client draws: while it is told to come again, it does. Rules that fail slowly have little time, and meanwhile others publish.
pub(crate) async fn persist(client: &Caller, campaign: &str) -> (StatusCode, Value) {
    let key = new_key();
    loop {
        let (status, draw) = client.draw(campaign, "bob", &key).await;
        if draw["retryable"] != true {
            return (status, draw);
        }
    }
}

pub(crate) async fn publish(operator: &Caller, name: &str, on_fault: &str) -> (StatusCode, Value) {
    let document = format!(
        "campaign: {name}\ntitle: Hostile\nwindow: {{opens: 2020-01-01T00:00:00Z}}\n\
         prizes: [{{id: points, title: Points, stock: unlimited}}, {{id: mug, title: Mug, stock: unlimited}}]\n\
         pools: {{default: {{points: 1}}, better: {{mug: 1}}}}\n\
         guards:\n  - {{id: hostile, rule: {name}@1, on_fault: {on_fault}}}\n  - {{id: honest, rule: weight-tier@1, \
         config: {{fact: player.draws.total, tiers: [{{from: 0, pool: better}}]}}}}\n\
         trees: {{default: {{root: hostile, nodes: {{\
         hostile: {{rule: {name}@1, on: {{better: hand-over}}, on_fault: {{follow: better}}}}, \
         hand-over: {{grant: drawn}}}}}}}}\n"
    );
    publish_document(operator, name, document).await
}

async fn publish_document(operator: &Caller, name: &str, document: String) -> (StatusCode, Value) {
    let request = operator.request(reqwest::Method::POST, &format!("/v1/operator/campaigns/{name}/revisions"));
    let request = request.header("Idempotency-Key", new_key()).header("Content-Type", "application/yaml");
    answer(request.body(document)).await.expect("an answer")
}
