//! What operators do while a campaign runs: stop it, let it go on, look at who did what, and learn what others changed.

use std::path::Path;
use std::process::Command;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::documents;
use crate::harness::{Server, answer, new_key};

#[tokio::test]
async fn a_pause_stops_draws_until_it_is_lifted() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let (client, operator) = (server.client(), server.operator());
    let (_, made) = client.draw("spring", "alice", "before").await;
    let (pause, resume) = ("/v1/operator/campaigns/spring/pause", "/v1/operator/campaigns/spring/resume");
    let state = |paused: bool, changed: bool| {
        (StatusCode::OK, json!({"campaign": "spring", "revision": 1, "paused": paused, "changed": changed}))
    };
    assert_eq!(operator.post(pause, &json!({"reason": "codes leaked"})).await, state(true, true));
    let (status, refused) = client.draw("spring", "alice", &new_key()).await;
    assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &json!("campaign-paused")));
    assert_eq!(refused["retryable"], false);
    assert_eq!(client.draw("spring", "alice", "before").await, (StatusCode::OK, made));
    assert_eq!(operator.post(pause, &json!({})).await, state(true, false));
    assert_eq!(client.get("/v1/campaigns/spring").await.1["paused"], true);
    assert_eq!(operator.get("/v1/operator/campaigns").await.1["items"][0]["paused"], true);

    server.kill();
    let server = Server::start(data.path()).await;
    let (client, operator) = (server.client(), server.operator());
    assert_eq!(client.draw("spring", "alice", &new_key()).await.0, StatusCode::CONFLICT);
    assert_eq!(operator.post(resume, &json!({"reason": "new codes"})).await, state(false, true));
    assert_eq!(client.draw("spring", "alice", &new_key()).await.1["ordinal"], 2);
    assert_eq!(client.get("/v1/campaigns/spring").await.1["paused"], false);
}

#[tokio::test]
async fn the_record_says_who_did_what_and_why() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let operator = server.operator();
    let revisions = "/v1/operator/campaigns/stocked/revisions?reason=first%20one";
    let publish = operator.request(Method::POST, revisions).header("Idempotency-Key", new_key());
    let publish = publish.header("Content-Type", "application/yaml").body(documents::stocked("stocked", 1));
    let (_, published) = answer(publish).await.unwrap();
    let stock = "/v1/operator/campaigns/stocked/prizes/phone/stock";
    operator.post(stock, &json!({"add": 2, "reason": "more came"})).await;
    let viewer = token(data.path(), &["--name", "viewer", "--role", "viewer", "--reason", "for the auditor"]);
    let viewer = server.stranger(Some(&viewer));

    let (status, record) = viewer.get("/v1/operator/audit?limit=3").await;
    assert_eq!(status, StatusCode::OK, "{record:#}");
    let row =
        |entry: &Value| ["actor", "what", "subject", "reason"].map(|field| entry[field].as_str().unwrap().to_owned());
    let rows: Vec<_> = record["items"].as_array().unwrap().iter().map(row).collect();
    let expected = [
        ["local", "create_token", "viewer", "for the auditor"],
        ["demo-operator", "adjust_stock", "stocked/phone", "more came"],
        ["demo-operator", "publish", "stocked", "first one"],
    ];
    assert_eq!(rows, expected.map(|row| row.map(str::to_owned)));
    assert_eq!(record["items"][2]["after"], published["digest"]);
    let (_, next) = viewer.get(&format!("/v1/operator/audit?cursor={}", record["next"].as_str().unwrap())).await;
    assert_eq!(next["items"][0]["number"].as_u64().unwrap() + 1, record["items"][2]["number"].as_u64().unwrap());
    let (_, filtered) = viewer.get("/v1/operator/audit?campaign=stocked&what=adjust_stock&actor=demo-operator").await;
    assert_eq!(filtered["items"].as_array().unwrap().len(), 1);
    for (query, code) in
        [("what=drop", "query-invalid"), ("campaign=a/b", "query-invalid"), ("who=me", "query-invalid")]
    {
        assert_eq!(viewer.get(&format!("/v1/operator/audit?{query}")).await.1["code"], code, "{query}");
    }

    let narrow = token(data.path(), &["--name", "narrow", "--role", "viewer", "--campaign", "stocked"]);
    let narrow = server.stranger(Some(&narrow));
    let (_, seen) = narrow.get("/v1/operator/audit").await;
    assert_eq!(seen["items"].as_array().unwrap().len(), 2, "{seen:#}");
    assert_eq!(narrow.get("/v1/operator/audit?campaign=spring").await.0, StatusCode::FORBIDDEN);
    let long = json!({"add": 1, "reason": "x".repeat(501)});
    assert_eq!(operator.post(stock, &long).await.1["code"], "body-invalid");
}

#[tokio::test]
async fn who_started_from_another_revision_is_told_what_changed() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let operator = server.operator();
    let first = documents::stocked("stocked", 1);
    operator.publish("stocked", &first).await;
    operator.publish("stocked", &first.replacen("title: ", "title: New ", 1)).await;
    let publish = operator.request(Method::POST, "/v1/operator/campaigns/stocked/revisions");
    let publish = publish.header("Idempotency-Key", new_key()).header("Content-Type", "application/yaml");
    let (status, problem) = answer(publish.header("If-Match", "\"1\"").body(first)).await.unwrap();
    assert_eq!((status, &problem["live_revision"]), (StatusCode::PRECONDITION_FAILED, &json!(2)), "{problem:#}");
    assert_eq!(problem["difference"], json!([{"place": "/document/title", "change": "changed"}]));
}

/// Makes a token beside the running server, and answers its secret.
fn token(data: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tombola"));
    let output = command.args(["token", "create"]).args(arguments).arg("--data").arg(data).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// The program, as who operates it in a shell sees it: what it prints, and what it ends with.
fn run(server: &Server, arguments: &[&str]) -> (Option<i32>, String) {
    let output = server.run(arguments);
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scripts_see_what_was_not_done_and_where_to_go_on() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let document = "campaign: hampers\ntitle: Hampers\nwindow: {opens: 2020-01-01T00:00:00Z}\nchances: {granted: 9}\n\
        prizes: [{id: hamper, title: Hamper, stock: unlimited, deliver: {manual: true}}]\npools: {default: {hamper: 1}}\n";
    server.operator().publish("hampers", document).await;
    let (_, drawn) = server.client().draw("hampers", "alice", "one").await;
    let award = format!("{}-1", drawn["id"].as_str().unwrap());

    let file = data.path().join("moves.csv");
    let moved = |lines: String| {
        std::fs::write(&file, lines).unwrap();
        run(&server, &["award", "move", "--file", file.to_str().unwrap()])
    };
    let (code, told) = moved(format!("{award},delivered\n"));
    assert_eq!((code, told.as_str()), (Some(0), "1 awards were moved\n"));
    let (code, told) = moved(format!("{award},delivered\nnobody,delivered\n"));
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("nobody is not known"), "{told}");

    let (code, told) = run(&server, &["ledger", "statement", "alice", "pionts"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("there is no unit 'pionts'; declared are points"), "{told}");

    let (code, lines) = run(&server, &["feed", "--after", "0"]);
    assert_eq!(code, Some(0), "{lines}");
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = lines.iter().filter_map(|line| line["kind"].as_str()).collect();
    assert_eq!((kinds.as_slice(), &lines[2]), (["draw", "award"].as_slice(), &json!({"next": 2})), "{lines:#?}");
    assert_eq!(run(&server, &["feed", "--after", "2"]), (Some(0), "{\"next\":2}\n".to_owned()));
    let (code, told) = run(&server, &["feed", "--after", "3"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("the feed ends with position 2"), "{told}");
}
