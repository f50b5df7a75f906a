//! A rule that fails: its author finds out where and on what.

use std::process::Command;

use reqwest::StatusCode;
use serde_json::json;
use tempfile::TempDir;

use crate::harness::{Server, new_key};
use crate::rules::build_from_readme;

const DOCUMENT: &str = "campaign: fragile\ntitle: Fragile\nwindow: {opens: 2020-01-01T00:00:00Z}\n\
    prizes: [{id: points, title: Points, stock: unlimited}]\n\
    pools: {default: {points: 1}}\n\
    guards: [{id: rickety, rule: rickety@1, on_fault: proceed, config: {pool: default, buckets: 1}}]\n";

/// The rule with a function in it that fails for every player.
fn rickety(source: &str) -> String {
    let source = source.replace("Ok(if facts", "fall_over(facts.get(self.bucket));\n        Ok(if facts");
    source + "\n#[inline(never)]\nfn fall_over(bucket: i64) { assert!(bucket > 1_000, \"no bucket is as high\"); }\n"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_names_the_function_and_the_facts() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let (client, operator) = (server.client(), server.operator());
    let (status, module) = operator.upload(build_from_readme("rickety", rickety).await).await;
    assert_eq!(status, StatusCode::CREATED, "{module:#}");
    operator.publish("fragile", DOCUMENT).await;
    let (status, draw) = client.draw("fragile", "alice", &new_key()).await;
    assert_eq!((status, &draw["outcome"]["prize"]), (StatusCode::CREATED, &json!("points")));

    let address = format!("/v1/operator/modules/{}/faults", module["digest"].as_str().unwrap());
    let (status, faults) = operator.get(&address).await;
    assert_eq!(status, StatusCode::OK, "{faults:#}");
    let origins: Vec<_> = faults["items"].as_array().unwrap().iter().map(|fault| &fault["origin"]).collect();
    assert_eq!(origins, ["draw", "check"], "{faults:#}");
    let fault = &faults["items"][0];
    assert_eq!(
        (&fault["kind"], &fault["node"], &fault["revision"]),
        (&json!("trap"), &json!("guards/rickety"), &json!(1))
    );
    let message = fault["message"].as_str().unwrap();
    assert!(message.contains("rickety::fall_over"), "the backtrace names the function: {message}");
    assert!(!message.contains("/src/"), "and no file of the author's: {message}");
    assert!(fault["facts"]["player.bucket"].is_u64(), "{fault:#}");
    assert!(!faults.to_string().contains("alice"), "and no player");

    let program = Command::new(env!("CARGO_BIN_EXE_tombola"))
        .args(["rule", "faults", module["digest"].as_str().unwrap()])
        .args(["--url", &server.url, "--token", server.operator_token()])
        .output()
        .unwrap();
    let told = String::from_utf8(program.stdout).unwrap();
    assert!(told.contains("  trap at guards/rickety of fragile (revision 1), in draw\n"), "{told}");
    assert!(told.contains("rickety::fall_over") && told.contains("facts: player.bucket="), "{told}");

    let (_, campaigns) = operator.get("/v1/operator/campaigns").await;
    assert_eq!(campaigns["items"][0]["faults_last_hour"], 1, "{campaigns:#}");
    // They were written before they were told.
    server.kill();
    let server = Server::start(data.path()).await;
    assert_eq!(server.operator().get(&address).await, (StatusCode::OK, faults));
}
