//! What operators gave players, voided over HTTP and by the program.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::Server;
use crate::{documents, invariants};

const CAMPAIGN: &str = "counting";

/// A server with a campaign in which a player begins with one chance.
async fn start(data: &TempDir) -> Server {
    let server = Server::start(data.path()).await;
    let document = format!("{}chances: {{granted: 1}}\n", documents::stocked(CAMPAIGN, 99));
    server.operator().publish(CAMPAIGN, &document).await;
    server
}

async fn post(server: &Server, path: &str, body: Value) -> (StatusCode, Value) {
    server.operator().post(&format!("/v1/operator/{path}"), &body).await
}

async fn chances(server: &Server) -> Value {
    server.client().get(&format!("/v1/campaigns/{CAMPAIGN}/players/alice")).await.1["chances"].clone()
}

#[track_caller]
fn refused((status, problem): (StatusCode, Value), expected: StatusCode, code: &str) {
    assert_eq!((status, problem["code"].as_str()), (expected, Some(code)), "{problem:#}");
}

/// With a reason, once, and by who may; of what was drawn with nothing changes.
#[tokio::test]
async fn chances_that_an_operator_gave_are_taken_back() {
    let data = TempDir::new().unwrap();
    let server = start(&data).await;
    let given = format!("campaigns/{CAMPAIGN}/players/alice/chances");
    let (_, granted) = post(&server, &given, json!({"add": 30})).await;
    assert_eq!(granted["added"], 30);
    let grant = granted["grant"].as_str().unwrap();
    for key in ["1", "2"] {
        assert_eq!(server.client().draw(CAMPAIGN, "alice", key).await.0, StatusCode::CREATED);
    }
    assert_eq!(chances(&server).await, 29);
    let void = format!("{given}/{grant}/void");
    refused(post(&server, &void, json!({})).await, StatusCode::UNPROCESSABLE_ENTITY, "reason-missing");
    let of_bob = format!("campaigns/{CAMPAIGN}/players/bob/chances/{grant}/void");
    refused(post(&server, &of_bob, json!({"reason": "x"})).await, StatusCode::NOT_FOUND, "grant-unknown");
    let (status, voided) = post(&server, &void, json!({"reason": "3 were meant"})).await;
    // Of 31 chances two were used, whichever they were.
    assert_eq!((status, &voided["amount"], &voided["taken"]), (StatusCode::OK, &json!(30), &json!(29)), "{voided:#}");
    assert_eq!(chances(&server).await, 0);
    post(&server, &given, json!({"add": 3})).await;
    assert_eq!(post(&server, &void, json!({"reason": "again"})).await, (StatusCode::OK, voided.clone()));
    assert_eq!(chances(&server).await, 3);
    let (_, listed) = server.operator().get(&format!("/v1/operator/{given}?limit=200")).await;
    let listed = listed["items"].as_array().unwrap();
    assert!(listed.len() == 2 && listed.contains(&voided), "{listed:#?}");
    let (_, record) = server.operator().get("/v1/operator/audit?what=void_chances").await;
    let record = &record["items"];
    assert_eq!((&record[0]["reason"], record.as_array().unwrap().len()), (&json!("3 were meant"), 1), "{record:#}");
    let (_, pass) = post(&server, "reconciliation", json!({})).await;
    assert_eq!(pass["found"], 0, "{pass:#}");
    server.kill();
    invariants::check(data.path()).await;
}

/// What was spent of it is owed, and paid by what comes in next.
#[tokio::test]
async fn what_an_operator_gave_or_took_is_posted_back() {
    let data = TempDir::new().unwrap();
    let server = start(&data).await;
    // The house takes no more back than has come out of it.
    post(&server, "players/bob/balances", json!({"unit": "points", "add": 100})).await;
    let balances = "players/alice/balances";
    let (_, gift) = post(&server, balances, json!({"unit": "points", "add": 50})).await;
    let less = json!({"unit": "points", "add": -20});
    refused(post(&server, balances, less).await, StatusCode::UNPROCESSABLE_ENTITY, "reason-missing");
    let (_, taken) = post(&server, balances, json!({"unit": "points", "add": -20, "reason": "not theirs"})).await;
    let (_, lines) = server.client().get("/v1/players/alice/balances/points/transfers").await;
    let postings: Vec<_> = lines["items"].as_array().unwrap().iter().map(|line| &line["posting"]).collect();
    assert_eq!(postings, [&taken["posting"], &gift["posting"]]);
    let void = |posting: &Value| format!("players/alice/postings/{posting}/void");
    let path = void(&gift["posting"]);
    refused(post(&server, &path, json!({})).await, StatusCode::UNPROCESSABLE_ENTITY, "reason-missing");
    let (status, voided) = post(&server, &path, json!({"reason": "of somebody else"})).await;
    let has = |answer: &Value| (answer["items"][0]["balance"].clone(), answer["items"][0]["owed"].clone());
    assert_eq!((status, has(&voided)), (StatusCode::OK, (json!(0), json!(20))), "{voided:#}");
    assert_eq!(post(&server, &path, json!({"reason": "again"})).await, (StatusCode::OK, voided.clone()));
    // What goes back pays what is owed, as what comes in does; a unit of which nothing is left isn't listed.
    let (status, back) = post(&server, &void(&taken["posting"]), json!({"reason": "of somebody else as well"})).await;
    assert_eq!((status, &back["items"]), (StatusCode::OK, &json!([])), "{back:#}");
    let (_, more) = post(&server, balances, json!({"unit": "points", "add": 25})).await;
    assert_eq!(has(&more), (json!(25), json!(0)));
    for posting in [&voided["posting"], &json!(99)] {
        let answer = post(&server, &void(posting), json!({"reason": "x"})).await;
        refused(answer, StatusCode::NOT_FOUND, "adjustment-unknown");
    }
    let (_, record) = server.operator().get("/v1/operator/audit?what=void_adjustment").await;
    let subjects: Vec<_> = record["items"].as_array().unwrap().iter().map(|entry| entry["subject"].clone()).collect();
    assert_eq!(subjects, [&taken["posting"], &gift["posting"]].map(|posting| json!(posting.to_string())));
    let (_, pass) = post(&server, "reconciliation", json!({})).await;
    assert_eq!(pass["found"], 0, "{pass:#}");
    server.kill();
    invariants::check(data.path()).await;
}

/// From what it tells itself.
#[tokio::test]
async fn the_program_voids_what_it_gave() {
    let data = TempDir::new().unwrap();
    let server = start(&data).await;
    let ledger = |arguments: &[&str]| server.told(&[&["ledger"], arguments].concat());
    let told = ledger(&["chances", CAMPAIGN, "alice", "4"]);
    let grant = told.strip_prefix("given as ").and_then(|told| told.split_once(';')).unwrap().0.to_owned();
    let voided = ledger(&["void-chances", CAMPAIGN, "alice", &grant, "--reason", "mistaken"]);
    assert!(voided.ends_with(": 4 of 4 were left, and were taken away\n"), "{voided}");
    let listed = ledger(&["chances", CAMPAIGN, "alice"]);
    let line: Vec<_> = listed.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!((line[0], line[1], line[4]), (grant.as_str(), "4", "4"), "{listed}");
    ledger(&["give", "a/b c", "points", "40"]);
    let statement = ledger(&["statement", "a/b c", "points"]);
    let line: Vec<_> = statement.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!((line[2], line[3], line[4], line[5]), ("adjustment", "40", "balance", "never"), "{statement}");
    let voided = ledger(&["void-adjustment", "a/b c", line[0], "--reason", "mistaken"]);
    assert!(voided.ends_with(&format!("posting {}\n", line[0].parse::<u64>().unwrap() + 1)), "{voided}");
    let statement = ledger(&["statement", "a/b c", "points"]);
    assert!(statement.lines().nth(1).unwrap().contains("reversal"), "{statement}");
    server.kill();
    invariants::check(data.path()).await;
}
