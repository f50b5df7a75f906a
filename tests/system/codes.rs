//! Coupon codes that many clients draw for, and the places where none must stand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Caller, Server, answer, new_key};
use crate::invariants;

const CAMPAIGN: &str = "coupons";
const CLIENTS: usize = 64;
const CODES: usize = 1_000;
/// So many more draws than codes.
const DRAWS: usize = 24 * CLIENTS;

/// Every draw wins a code while there are any, and points afterwards.
fn document() -> String {
    format!(
        "campaign: {CAMPAIGN}\ntitle: Coupons\nwindow: {{opens: 2020-01-01T00:00:00Z}}\n\
         prizes:\n  - {{id: coupon, title: Coupon, deliver: {{codes: shop}}}}\n  - {{id: points, title: Points, stock: unlimited}}\n\
         pools: {{default: {{coupon: 1}}}}\n\
         trees: {{default: {{root: hand-over, nodes: {{\
         hand-over: {{grant: drawn, sold_out: comfort}}, comfort: {{grant: points}}}}}}}}\n"
    )
}

async fn put(operator: &Caller, low_water: u64) -> (StatusCode, Value) {
    put_pool(operator, "shop", low_water).await
}

async fn put_pool(operator: &Caller, pool: &str, low_water: u64) -> (StatusCode, Value) {
    let path = format!("/v1/operator/code-pools/{pool}");
    let request = operator.request(Method::PUT, &path).header("Idempotency-Key", new_key());
    answer(request.json(&json!({"low_water": low_water}))).await.unwrap()
}

async fn load(operator: &Caller, key: &str, query: &str, lines: String) -> (StatusCode, Value) {
    load_into(operator, "shop", key, query, lines).await
}

async fn load_into(operator: &Caller, pool: &str, key: &str, query: &str, lines: String) -> (StatusCode, Value) {
    let path = format!("/v1/operator/code-pools/{pool}/codes?{query}");
    let request = operator.request(Method::POST, &path).header("Idempotency-Key", key);
    answer(request.header("Content-Type", "text/csv").body(lines)).await.unwrap()
}

async fn level(operator: &Caller) -> Value {
    let (_, pools) = operator.get("/v1/operator/code-pools").await;
    pools["items"][0].clone()
}

fn codes(name: &str, count: usize) -> String {
    let lines: Vec<_> = (0..count).map(|number| format!("{name}-{number}")).collect();
    lines.join("\n") + "\n"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_clients_never_get_the_same_code() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let operator = server.operator();
    put(&operator, 10).await;
    let (status, loaded) = load(&operator, &new_key(), "", codes("first", CODES / 2)).await;
    assert_eq!((status, &loaded["loaded"]), (StatusCode::OK, &json!(CODES / 2)), "{loaded:#}");
    operator.publish(CAMPAIGN, &document()).await;
    let drawing: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let client = server.client();
            tokio::spawn(async move {
                let mut told = vec![];
                for draw in 0..DRAWS / CLIENTS {
                    let (player, key) = (format!("player-{number}"), format!("{number}-{draw}"));
                    let (status, first) = client.draw(CAMPAIGN, &player, &key).await;
                    assert_eq!(status, StatusCode::CREATED, "{first:#}");
                    told.push((player, key, first));
                }
                told
            })
        })
        .collect();
    let (status, loaded) = load(&operator, &new_key(), "", codes("second", CODES / 2)).await;
    assert_eq!(status, StatusCode::OK, "{loaded:#}");
    let mut told = vec![];
    for drawing in drawing {
        told.extend(drawing.await.unwrap());
    }
    let won: Vec<_> = told.iter().filter(|(.., draw)| draw["outcome"]["prize"] == "coupon").collect();
    let given: BTreeSet<_> = won.iter().map(|(.., draw)| draw["coupon_code"].as_str().unwrap()).collect();
    assert_eq!(given.len(), won.len(), "each code goes to one draw");
    assert!(told.iter().all(|(.., draw)| draw["coupon_code"].is_string() == (draw["outcome"]["prize"] == "coupon")));
    // Who draws again under the same key is told of the same code.
    for (player, key, first) in told.iter().step_by(97) {
        let (status, again) = server.client().draw(CAMPAIGN, player, key).await;
        assert_eq!((status, &again), (StatusCode::OK, first));
    }
    let level = level(&operator).await;
    assert_eq!(level["given"], json!(given.len()), "{level:#}");
    assert_eq!(level["free"], json!(CODES - given.len()), "{level:#}");
    assert!(given.len() > CODES / 2, "the load was real: {}", given.len());
    server.kill();
    invariants::check(data.path()).await;
}

/// A campaign shows what can still be won of its own pools: nothing that has expired or was won, and nothing of another pool's.
#[tokio::test]
async fn a_campaign_shows_the_codes_of_its_own_pools() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let (client, operator) = (server.client(), server.operator());
    put(&operator, 0).await;
    put_pool(&operator, "elsewhere", 0).await;
    operator.publish(CAMPAIGN, &document()).await;
    load(&operator, &new_key(), "", "ONE\nTWO\nTHREE\n".to_owned()).await;
    load(&operator, &new_key(), "expires_at=2020-01-01T00:00:00Z", codes("past", 5)).await;
    load_into(&operator, "elsewhere", &new_key(), "", codes("other", 7)).await;
    let left = async || {
        let (_, campaign) = client.get(&format!("/v1/campaigns/{CAMPAIGN}")).await;
        campaign["prizes"][0]["left"].clone()
    };
    assert_eq!(left().await, 3);
    client.draw(CAMPAIGN, "alice", "1").await;
    assert_eq!(left().await, 2);
    client.draw_many(CAMPAIGN, "bob", "many", 3).await;
    assert_eq!(left().await, 0);
    server.kill();
}

#[tokio::test]
async fn codes_are_loaded_given_and_withdrawn() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let (client, operator) = (server.client(), server.operator());
    let (status, refused) = load(&operator, &new_key(), "", "A".to_owned()).await;
    assert_eq!((status, &refused["code"]), (StatusCode::NOT_FOUND, &json!("code-pool-unknown")));
    let (_, checked) = {
        let request = operator.request(Method::POST, &format!("/v1/operator/campaigns/{CAMPAIGN}/check"));
        answer(request.header("Content-Type", "application/yaml").body(document())).await.unwrap()
    };
    assert_eq!(checked["findings"][0]["code"], "code-pool-missing", "{checked:#}");
    let (status, made) = put(&operator, 2).await;
    assert_eq!((status, &made["free"], &made["low"]), (StatusCode::OK, &json!(0), &json!(true)), "{made:#}");
    operator.publish(CAMPAIGN, &document()).await;
    let key = new_key();
    let lines = "EARLY,2100-01-01T00:00:00Z\r\nPAST,2020-01-01T00:00:00Z\nLATE\nEARLY\n".to_owned();
    for _ in 0..2 {
        let (status, loaded) = load(&operator, &key, "expires_at=2200-01-01T00:00:00Z&reason=new", lines.clone()).await;
        assert_eq!(
            (status, &loaded["loaded"], &loaded["skipped"]),
            (StatusCode::OK, &json!(3), &json!(1)),
            "{loaded:#}"
        );
        assert_eq!((&loaded["pool"]["free"], &loaded["pool"]["expired"]), (&json!(2), &json!(1)));
    }
    let (status, other) = load(&operator, &key, "", "OTHER".to_owned()).await;
    assert_eq!((status, &other["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("idempotency-key-reused")));
    // A line that can't be read refuses all of them, and says nothing of them.
    let (status, refused) = load(&operator, &new_key(), "", codes("lost", 3_000) + "a \"code\"\n").await;
    assert_eq!((status, &refused["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("body-invalid")), "{refused:#}");
    assert!(refused["detail"].as_str().unwrap().starts_with("line 3001: "), "{refused:#}");
    assert!(!refused.to_string().contains("a \\\"code"), "{refused:#}");
    let (_, campaign) = client.get(&format!("/v1/campaigns/{CAMPAIGN}")).await;
    assert_eq!(campaign["prizes"][0]["left"], 2, "{campaign:#}");

    let (_, draw) = client.draw(CAMPAIGN, "alice", "1").await;
    assert_eq!(draw["coupon_code"], "EARLY", "{draw:#}");
    let (_, shown) = client.get(&format!("/v1/draws/{}", draw["id"].as_str().unwrap())).await;
    assert_eq!((&shown["coupon_code"], &shown["award"]["state"]), (&json!("EARLY"), &json!("delivered")), "{shown:#}");
    let (_, player) = client.get(&format!("/v1/campaigns/{CAMPAIGN}/players/alice")).await;
    assert_eq!(player["draws"]["items"][0]["coupon_code"], "EARLY", "{player:#}");
    let award = format!("/v1/operator/awards/{}-1", draw["id"].as_str().unwrap());
    let (_, award) = operator.get(&award).await;
    assert_eq!((&award["coupon_code"], &award["deliver"]), (&json!("EARLY"), &json!({"codes": "shop"})), "{award:#}");
    let (_, draws) = client.draw_many(CAMPAIGN, "bob", "many", 2).await;
    let told: Vec<_> = draws["draws"].as_array().unwrap().iter().map(|draw| draw["coupon_code"].as_str()).collect();
    assert_eq!(told, [Some("LATE"), None]);
    assert_eq!(level(&operator).await["sold_out"], true);

    load(&operator, &new_key(), "", codes("more", 5)).await;
    let (status, withdrawn) =
        operator.post("/v1/operator/code-pools/shop/withdraw", &json!({"reason": "leaked"})).await;
    assert_eq!((status, &withdrawn["withdrawn"]), (StatusCode::OK, &json!(5)), "{withdrawn:#}");
    let (_, draw) = client.draw(CAMPAIGN, "carol", "1").await;
    assert_eq!(draw["outcome"]["prize"], "points", "{draw:#}");
    let (_, record) = operator.get("/v1/operator/audit?limit=5").await;
    let done: Vec<_> =
        record["items"].as_array().unwrap().iter().map(|entry| entry["what"].as_str().unwrap()).collect();
    assert_eq!(done, ["withdraw_codes", "load_codes", "load_codes", "publish", "put_code_pool"]);
    assert!(record["items"][0]["before"].is_string() && record["items"][0]["after"].is_string(), "{record:#}");
    server.kill();
    invariants::check(data.path()).await;
}

/// Where draws of one request depend on each other, what is foreseen of the pool holds.
#[tokio::test]
async fn a_series_foresees_its_codes() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let (client, operator) = (server.client(), server.operator());
    put(&operator, 0).await;
    load(&operator, &new_key(), "", codes("code", 3)).await;
    let limited = document().replace("deliver: {codes: shop}", "limits: {player: 2}, deliver: {codes: shop}");
    operator.publish(CAMPAIGN, &limited).await;
    for (player, expected) in [("alice", [true, true, false, false]), ("bob", [true, false, false, false])] {
        let (status, draws) = client.draw_many(CAMPAIGN, player, "many", 4).await;
        assert_eq!(status, StatusCode::CREATED, "{draws:#}");
        let told = draws["draws"].as_array().unwrap().iter().map(|draw| draw["coupon_code"].is_string());
        assert_eq!(told.collect::<Vec<_>>(), expected, "{draws:#}");
    }
    server.kill();
    invariants::check(data.path()).await;
}

/// Neither in receipts nor in the feed, the record of operations, metrics, problems or the log. An export is of receipts.
#[tokio::test]
async fn codes_stand_nowhere_but_with_their_draws() {
    let data = TempDir::new().unwrap();
    let log = data.path().join("log");
    let mut program = Server::program(data.path());
    program.arg("--log=trace").stderr(std::fs::File::create(&log).unwrap());
    let server = Server::start_by(program).await;
    let (client, operator) = (server.client(), server.operator());
    put(&operator, 10).await;
    let key = new_key();
    load(&operator, &key, "", "HUSH-1\nHUSH-2\n".to_owned()).await;
    let mut told = vec![];
    told.push(load(&operator, &key, "", "HUSH-1\nHUSH-2\n".to_owned()).await.1);
    told.push(load(&operator, &key, "", "HUSH-3\n".to_owned()).await.1);
    told.push(load(&operator, &new_key(), "", "HUSH-3,HUSH-4\n".to_owned()).await.1);
    operator.publish(CAMPAIGN, &document()).await;
    let (_, draw) = client.draw(CAMPAIGN, "alice", "1").await;
    assert_eq!(draw["coupon_code"], "HUSH-1", "{draw:#}");
    let id = draw["id"].as_str().unwrap();
    for path in [
        format!("/v1/draws/{id}/receipt"),
        format!("/v1/draws/{id}/receipt?bundle"),
        format!("/v1/operator/awards?campaign={CAMPAIGN}"),
        format!("/v1/campaigns/{CAMPAIGN}"),
        "/v1/operator/feed".to_owned(),
        "/v1/operator/audit".to_owned(),
        "/v1/operator/code-pools".to_owned(),
    ] {
        let (status, shown) = client_or_operator(&client, &operator, &path).get(&path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {shown:#}");
        told.push(shown);
    }
    operator.post("/v1/operator/code-pools/shop/withdraw", &json!({"reason": "leaked"})).await;
    let metrics = alarm(&operator).await;
    server.kill();
    let exported = export(data.path());
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("a code pool is low") && log.contains("request"), "the log was read");
    assert!(exported.contains(id), "{exported}");
    for text in told.iter().map(Value::to_string).chain([metrics, exported, log]) {
        assert!(!text.contains("HUSH"), "{text}");
    }
    invariants::check(data.path()).await;
}

fn client_or_operator<'a>(client: &'a Caller, operator: &'a Caller, path: &str) -> &'a Caller {
    if path.starts_with("/v1/operator/") { operator } else { client }
}

/// The metrics, once they say that nothing is left.
async fn alarm(operator: &Caller) -> String {
    for _ in 0..300 {
        let response = operator.request(Method::GET, "/metrics").send().await.unwrap();
        let metrics = response.text().await.unwrap();
        let figure = |name: &str| metrics.lines().any(|line| line == name);
        if figure("tombola_code_pool_free{pool=\"shop\"} 0") && figure("tombola_code_pool_low_water{pool=\"shop\"} 10")
        {
            return metrics;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the alarm is not raised");
}

fn export(data: &Path) -> String {
    let file = data.join("draws.jsonl");
    let mut program = Command::new(env!("CARGO_BIN_EXE_tombola"));
    let exported = program.arg("export").arg(&file).arg("--data").arg(data).output().unwrap();
    assert!(exported.status.success(), "{exported:?}");
    std::fs::read_to_string(file).unwrap()
}

/// The program loads a file, and a pool of which the codes are drawn in the order of the file.
#[tokio::test]
async fn the_program_loads_a_file() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let file = data.path().join("codes.csv");
    std::fs::write(&file, codes("code", 20_000)).unwrap();
    let run = |arguments: &[&str]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_tombola"));
        program.arg("codes").args(arguments).args(["--url", &server.url, "--token", server.operator_token()]);
        let output = program.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let file = file.to_str().unwrap();
    let told: BTreeMap<_, _> = [
        ("put", run(&["put", "shop", "--low-water", "30000"])),
        ("load", run(&["load", "shop", file, "--expires", "2100-01-01T00:00:00Z", "--reason", "new"])),
        ("again", run(&["load", "shop", file])),
        ("list", run(&["list"])),
        ("withdraw", run(&["withdraw", "shop", "--reason", "leaked"])),
    ]
    .into();
    assert_eq!(told["put"], "shop has 0 free codes, and is low: below 30000\n");
    assert_eq!(told["load"], "20000 codes were loaded\n  shop has 20000 free codes, and is low: below 30000\n");
    assert!(told["again"].starts_with("0 codes were loaded, 20000 were there already\n"), "{}", told["again"]);
    assert!(
        told["list"].lines().nth(1).unwrap().split_whitespace().eq(["shop", "20000", "0", "0", "0", "30000", "low"])
    );
    assert_eq!(told["withdraw"], "20000 codes were withdrawn from shop; 0 are given\n");
    server.kill();
    invariants::check(data.path()).await;
}
