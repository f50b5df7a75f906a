//! What a host tells at `/metrics`, held against what alerts ask for.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tombola_guests::corpus;

use crate::harness::{Caller, Server, answer, new_key};
use crate::{documents, hostile, invariants};

const ALERTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/alerts.yaml");
/// What Prometheus adds to whatever it scrapes, and to the parts of a histogram.
const ADDED: [&str; 3] = ["instance", "job", "le"];
/// What only a machine that is overrun has: a host that can't run rules, and draws that meet another write of their player's; and a host
/// that shares its rates.
const SELDOM: [&str; 3] = ["tombola_rules_breaker", "tombola_decided_again_total", "tombola_redis_up"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_alerts_ask_for_is_told() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let (client, operator) = (server.client(), server.operator());
    operator.publish("stocked", &documents::stocked("stocked", 3)).await;
    assert_eq!(client.draw("stocked", "alice", &new_key()).await.0, StatusCode::CREATED);
    make_a_fault(&server).await;
    put(&operator, "code-pools/shop", &json!({"low_water": 1})).await;
    let secret = format!("whsec_{}", "c2VjcmV0".repeat(4));
    put(&operator, "destinations/crm", &json!({"url": "https://localhost:1/", "secrets": [secret]})).await;
    server.told(&["reconcile", "--reason", "to see it told"]);
    for setting in ["on", "off"] {
        server.told(&["switch", "set", "reads-only", setting, "--reason", "to see it told"]);
        client.draw("stocked", "alice", &new_key()).await;
    }
    // Whatever was looked at before this drew is told as it was then.
    let told =
        wait_for(&operator, "tombola_stock_units{campaign=\"stocked\",prize=\"phone\",state=\"issued\"} 2").await;
    let series = series(&told);
    for line in [
        "tombola_ready 1",
        "tombola_campaign_revision{campaign=\"stocked\"} 1",
        "tombola_stock_units{campaign=\"stocked\",prize=\"phone\",state=\"free\"} 1",
        "tombola_delivery_dead{destination=\"crm\"} 0",
        "tombola_queue_oldest_seconds{queue=\"chances\"} 0",
        "tombola_commit_failures_total{of=\"orders\"} 0",
    ] {
        assert!(told.lines().any(|told| told == line), "{line}: {told}");
    }
    for (alert, rule) in alerts() {
        let text = rule["expr"].as_str().unwrap();
        let metrics: Vec<_> = words(text).filter(|word| word.starts_with("tombola_")).collect();
        let (seldom, often): (Vec<_>, Vec<_>) = metrics.into_iter().partition(|name| SELDOM.contains(name));
        let missing: Vec<_> = often.iter().filter(|name| !series.contains_key(**name)).collect();
        assert!(missing.is_empty(), "{alert} asks for what is not told: {missing:?} in {told}");
        let labels: BTreeSet<_> =
            often.iter().flat_map(|name| &series[*name]).map(String::as_str).chain(ADDED).collect();
        let summary = rule["annotations"]["summary"].as_str().unwrap();
        let unknown: Vec<_> = labels_of(text, summary).into_iter().filter(|label| !labels.contains(label)).collect();
        assert!(unknown.is_empty() || !seldom.is_empty(), "{alert} asks for labels that nothing has: {unknown:?}");
    }
    server.kill();
    invariants::check(data.path()).await;
}

/// Whoever started the program hears when it answers, and when it ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supervisor_hears_of_the_start_and_of_the_end() {
    let data = TempDir::new().unwrap();
    let path = data.path().join("notify");
    let supervisor = UnixDatagram::bind(&path).unwrap();
    let mut program = Server::program(data.path());
    program.env("NOTIFY_SOCKET", &path);
    let server = Server::start_by(program).await;
    assert_eq!(heard(&supervisor), "READY=1");
    assert_eq!(server.stranger(None).get("/readyz").await.0, StatusCode::OK);
    let signal = Command::new("kill").args(["-TERM", &server.process_id().to_string()]).status().unwrap();
    assert!(signal.success());
    assert_eq!(heard(&supervisor), "STOPPING=1");
    assert!(server.ended().await.success());
}

fn heard(supervisor: &UnixDatagram) -> String {
    let mut buffer = [0; 64];
    let length = supervisor.recv(&mut buffer).unwrap();
    String::from_utf8(buffer[..length].to_vec()).unwrap()
}

async fn make_a_fault(server: &Server) {
    let name = "trap-unreachable";
    let (status, module) = server.operator().upload(corpus().remove(name).unwrap().component).await;
    assert_eq!(status, StatusCode::CREATED, "{module:#}");
    assert_eq!(hostile::publish(&server.operator(), name, "proceed").await.0, StatusCode::CREATED);
    assert_eq!(server.client().draw(name, "alice", &new_key()).await.0, StatusCode::CREATED);
}

async fn put(operator: &Caller, path: &str, body: &Value) {
    let request = operator.request(Method::PUT, &format!("/v1/operator/{path}")).header("Idempotency-Key", new_key());
    let (status, made) = answer(request.json(body)).await.unwrap();
    assert_eq!(status, StatusCode::OK, "{made:#}");
}

/// All that is told, once this line is: it is looked every 15 seconds.
async fn wait_for(operator: &Caller, line: &str) -> String {
    for _ in 0..600 {
        let told = operator.request(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
        if told.lines().any(|told| told == line) {
            return told;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{line} is not told");
}

/// The labels that each metric has.
fn series(told: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut series = BTreeMap::<_, BTreeSet<_>>::new();
    for line in told.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (name, labels) = line.split_once('{').unwrap_or((line.split(' ').next().unwrap(), ""));
        let names = labels.split("=\"").filter_map(|part| part.rsplit([',', '{']).next()).filter(|name| is_word(name));
        series.entry(name.to_owned()).or_default().extend(names.map(str::to_owned));
    }
    series
}

fn alerts() -> Vec<(String, Value)> {
    let rules: Value = serde_saphyr::from_str(&std::fs::read_to_string(ALERTS).unwrap()).unwrap();
    let groups = rules["groups"].as_array().unwrap().iter();
    let alerts = groups.flat_map(|group| group["rules"].as_array().unwrap());
    alerts.map(|rule| (rule["alert"].as_str().unwrap().to_owned(), rule.clone())).collect()
}

/// The labels by which an alert picks, groups and speaks.
fn labels_of<'t>(text: &'t str, summary: &'t str) -> BTreeSet<&'t str> {
    let mut labels = BTreeSet::new();
    for part in text.split('{').skip(1).filter_map(|part| part.split('}').next()) {
        labels.extend(part.split(',').filter_map(|matcher| matcher.split(['=', '!']).next()).map(str::trim));
    }
    for keyword in ["by (", "on (", "ignoring (", "without ("] {
        let lists = text.split(keyword).skip(1).filter_map(|part| part.split(')').next());
        labels.extend(lists.flat_map(|list| list.split(',')).map(str::trim));
    }
    labels.extend(summary.split("$labels.").skip(1).filter_map(|part| words(part).next()));
    labels
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')).filter(|word| !word.is_empty())
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
