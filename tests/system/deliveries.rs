//! Awards on their way from the real program, which is killed among them.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Caller, Server, answer, new_key};
use crate::receiver::{self, Receiver, start};
use crate::{documents, invariants};

const CAMPAIGN: &str = "told";
/// How often the program is killed.
const ROUNDS: u64 = 12;
const CLIENTS: u64 = 8;
/// How long awards may take to arrive once nothing is killed any more: some tries of one that failed.
const PATIENCE: Duration = Duration::from_mins(2);
const PAUSE: Duration = Duration::from_millis(100);

/// Half of the draws win what a receiver is told of, half win chances.
async fn furnish(operator: &Caller, receiver: &Receiver) {
    receiver::put(operator, receiver).await;
    let document = format!(
        "campaign: {CAMPAIGN}\ntitle: Told\nwindow: {{opens: 2020-01-01T00:00:00Z}}\nchances: {{granted: {}}}\n\
         prizes:\n  - {{id: mug, title: Mug, stock: unlimited, deliver: {{webhook: crm}}}}\n  \
         - {{id: more, title: More, stock: unlimited, deliver: {{chances: 2}}}}\npools: {{default: {{mug: 1, more: 1}}}}\n",
        documents::GRANTED
    );
    operator.publish(CAMPAIGN, &document).await;
}

/// Draws until the server is gone, and answers the ids of the draws that it was told of.
async fn draw_until_gone(client: Caller, round: u64, number: u64) -> Vec<String> {
    let mut told = Vec::new();
    for draw in 0.. {
        let key = format!("{round}-{number}-{draw}");
        match client.try_draw(CAMPAIGN, &format!("player-{}", (number + draw) % 40), &key).await {
            Some((StatusCode::CREATED, draw)) => told.push(draw["id"].as_str().unwrap().to_owned()),
            Some((status, body)) => assert_eq!(body["retryable"], true, "{status} {body:#}"),
            None => break,
        }
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_award_is_lost_where_the_program_is_killed_among_deliveries() {
    let (data, receiver) = (TempDir::new().unwrap(), Receiver::start().await);
    let mut server = start(data.path()).await;
    furnish(&server.operator(), &receiver).await;
    let mut told = BTreeSet::new();
    for round in 0..ROUNDS {
        let drawing: Vec<_> =
            (0..CLIENTS).map(|number| tokio::spawn(draw_until_gone(server.client(), round, number))).collect();
        // Each time another part of what goes on.
        tokio::time::sleep(Duration::from_millis(300 + 97 * round % 400)).await;
        server.kill();
        for drawing in drawing {
            told.extend(drawing.await.unwrap());
        }
        invariants::check(data.path()).await;
        invariants::chances_add_up(data.path(), CAMPAIGN).await;
        server = start(data.path()).await;
    }
    arrived(&server.operator()).await;
    let mugs = all_are_delivered(&server.operator(), &told).await;
    server.kill();
    invariants::check(data.path()).await;
    invariants::chances_add_up(data.path(), CAMPAIGN).await;
    let seen = receiver.seen();
    assert!(mugs.len() > 50, "the load was real: {}", mugs.len());
    assert_eq!(seen.keys().cloned().collect::<BTreeSet<_>>(), mugs, "each has one id, and no other was told of");
    println!("{} awards were told of {} times", mugs.len(), seen.values().sum::<usize>());
}

/// Waits until nothing is pending.
async fn arrived(operator: &Caller) {
    let waiting = async {
        loop {
            let (_, pending) =
                operator.get(&format!("/v1/operator/awards?state=pending&campaign={CAMPAIGN}&limit=1")).await;
            if pending["items"] == json!([]) {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("awards arrive");
}

/// Every award is delivered; answers the ids of those that a receiver is told of. The feed tells the same.
async fn all_are_delivered(operator: &Caller, told: &BTreeSet<String>) -> BTreeSet<String> {
    let (mut after, mut drawn, mut delivered, mut mugs) = (0, BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    loop {
        let (status, feed) = operator.get(&format!("/v1/operator/feed?after={after}&limit=1000")).await;
        assert_eq!(status, StatusCode::OK, "{feed:#}");
        let items = feed["items"].as_array().unwrap();
        if items.is_empty() {
            break;
        }
        for (item, position) in items.iter().zip(after + 1..) {
            assert_eq!(item["position"], json!(position), "without a gap");
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            match item["kind"].as_str().unwrap() {
                "draw" => {
                    assert_eq!(item["award"]["state"], "pending");
                    drawn.insert(text(&item["draw"]["id"]));
                    if item["draw"]["outcome"]["prize"] == "mug" {
                        mugs.insert(text(&item["award"]["id"]));
                    }
                }
                _ => assert!(item["state"] == "delivered" && delivered.insert(text(&item["id"])), "once: {item:#}"),
            }
        }
        after = feed["next"].as_u64().unwrap();
    }
    assert!(drawn.is_superset(told), "what was told is there");
    assert_eq!(delivered, drawn.iter().map(|draw| format!("{draw}-1")).collect());
    mugs
}

#[tokio::test]
async fn people_move_awards_and_clients_see_it() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let (client, operator) = (server.client(), server.operator());
    let document = "campaign: hampers\ntitle: Hampers\nwindow: {opens: 2020-01-01T00:00:00Z}\n\
                    prizes: [{id: hamper, title: Hamper, stock: unlimited, deliver: {manual: true}}]\n\
                    pools: {default: {hamper: 1}}\n";
    operator.publish("hampers", document).await;
    let mut awards = vec![];
    for number in 0..3 {
        let (_, draw) = client.draw("hampers", "alice", &format!("key-{number}")).await;
        awards.push(format!("{}-1", draw["id"].as_str().unwrap()));
    }
    let one = format!("/v1/operator/awards/{}", awards[0]);
    let (status, moved) = operator.post(&one, &json!({"state": "in_progress", "reason": "packed"})).await;
    assert_eq!(
        (status, &moved["state"], &moved["changes"][0]["note"]),
        (StatusCode::OK, &json!("in_progress"), &json!("packed"))
    );
    let (status, refused) = operator.post(&one, &json!({"state": "pending"})).await;
    assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &json!("award-state-refused")));
    let csv = |body: String| {
        let request =
            operator.request(Method::POST, "/v1/operator/awards?reason=courier").header("Idempotency-Key", new_key());
        answer(request.header("Content-Type", "text/csv").body(body))
    };
    let lines = format!("{},delivered\r\n{},delivered\nx-1,delivered\n{},pending", awards[0], awards[1], awards[2]);
    let (status, answers) = csv(lines.clone()).await.unwrap();
    assert_eq!((status, &answers["moved"]), (StatusCode::OK, &json!(2)), "{answers:#}");
    let results: Vec<_> =
        answers["items"].as_array().unwrap().iter().map(|item| item["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["moved", "moved", "unknown", "refused"]);
    let (status, unreadable) = csv(lines + "\nnonsense").await.unwrap();
    assert_eq!(
        (status, &unreadable["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("body-invalid")),
        "{unreadable:#}"
    );
    let (_, listed) = operator.get("/v1/operator/awards?campaign=hampers&state=to_do").await;
    assert_eq!((listed["items"].as_array().unwrap().len(), &listed["items"][0]["award"]), (1, &json!(awards[2])));

    let (_, drawn) = client.get(&format!("/v1/draws/{}", awards[0].trim_end_matches("-1"))).await;
    let history: Vec<_> =
        drawn["award"]["history"].as_array().unwrap().iter().map(|step| step["state"].as_str().unwrap()).collect();
    assert_eq!(
        (drawn["award"]["state"].as_str(), history),
        (Some("delivered"), vec!["to_do", "in_progress", "delivered"])
    );
    assert!(!drawn.to_string().contains("courier"), "why is for operators");
    let (_, player) = client.get("/v1/campaigns/hampers/players/alice").await;
    let shown: Vec<_> =
        player["draws"]["items"].as_array().unwrap().iter().map(|draw| &draw["award"]["state"]).collect();
    assert_eq!(shown, [&json!("to_do"), &json!("delivered"), &json!("delivered")]);
    let (_, record) = operator.get("/v1/operator/audit?what=move_awards&campaign=hampers").await;
    assert_eq!(record["items"].as_array().unwrap().len(), 3, "also what was refused: {record:#}");
    server.kill();
    invariants::check(data.path()).await;
}

/// Neither where they are shown nor where they are refused, nor in what the host logs.
#[tokio::test]
async fn secrets_are_shown_nowhere_and_private_addresses_refused() {
    let data = TempDir::new().unwrap();
    let log = data.path().join("log");
    let mut program = Server::program(data.path());
    program.arg("--log=trace").stderr(std::fs::File::create(&log).unwrap());
    let server = Server::start_by(program).await;
    let operator = server.operator();
    let secret = format!("whsec_{}", "c2VjcmV0".repeat(4));
    let put = |body: Value| {
        let request =
            operator.request(Method::PUT, "/v1/operator/destinations/crm").header("Idempotency-Key", new_key());
        answer(request.json(&body))
    };
    let mut told = vec![];
    for (url, secrets, code) in [
        ("http://example.com/", json!([secret]), "destination-refused"),
        ("https://127.0.0.1/", json!([secret]), "destination-refused"),
        ("https://example.com/", json!([secret, secret, secret]), "body-invalid"),
        ("https://example.com/", json!([secret, secret]), "body-invalid"),
        ("https://example.com/", json!([format!("{secret}!")]), "body-invalid"),
        ("https://example.com/", json!(secret), "body-invalid"),
        ("https://example.com/", Value::Null, "destination-without-secret"),
    ] {
        let (_, refused) = put(json!({"url": url, "secrets": secrets})).await.unwrap();
        assert_eq!(refused["code"], code, "{refused:#}");
        told.push(refused);
    }
    let (status, made) =
        put(json!({"url": "https://localhost:1/", "secrets": [secret], "call_ms": 5_000})).await.unwrap();
    assert_eq!(status, StatusCode::OK, "{made:#}");
    let (_, tested) = operator.post("/v1/operator/destinations/crm/test", &json!({})).await;
    assert_eq!(tested["delivered"], false, "{tested:#}");
    assert!(tested["error"].as_str().unwrap().contains("is no public address"), "{tested:#}");
    told.extend([made, tested]);
    for path in ["/v1/operator/destinations", "/v1/operator/destinations/crm", "/v1/operator/audit", "/metrics"] {
        told.push(operator.get(path).await.1);
    }
    server.kill();
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("request"), "the log was read");
    for text in told.iter().map(Value::to_string).chain([log]) {
        assert!(!text.contains("c2VjcmV0") && !text.contains("secretsecret"), "{text}");
    }
    let database = std::fs::read_dir(data.path()).unwrap().map(|entry| entry.unwrap().path());
    for file in database.filter(|path| path.is_file()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(12).any(|bytes| bytes == b"secretsecret"), "{}", file.display());
    }
}
