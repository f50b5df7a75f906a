//! Bad input: each gets the right status and a problem that names it, and the server goes on.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::documents;
use crate::harness::{Caller, Server, answer, new_key};

#[track_caller]
fn assert_problem((status, problem): &(StatusCode, Value), expected: u16, code: &str) {
    assert_eq!((status.as_u16(), problem["code"].as_str()), (expected, Some(code)), "{problem:#}");
    assert_eq!(problem["status"], expected);
    assert_eq!(problem["type"], format!("urn:tombola:problem:{code}"));
    assert!(problem["retryable"].is_boolean() && problem["detail"].is_string());
    assert!(!problem["request_id"].as_str().unwrap().is_empty());
}

async fn check(request: RequestBuilder, expected: u16, code: &str) {
    assert_problem(&answer(request).await.expect("an answer"), expected, code);
}

fn draw(caller: &Caller) -> RequestBuilder {
    caller.request(Method::POST, "/v1/campaigns/spring/draws").header("Idempotency-Key", new_key())
}

fn json_text(request: RequestBuilder, body: impl Into<reqwest::Body>) -> RequestBuilder {
    request.header("Content-Type", "application/json").body(body)
}

#[tokio::test]
async fn draws() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let client = server.client();
    let body = json!({"player": "alice"});
    check(json_text(draw(&client), "{"), 400, "body-malformed").await;
    check(json_text(draw(&client), "{\"player\": \"alice\"} x"), 400, "body-malformed").await;
    check(json_text(draw(&client), b"{\"player\": \"\xff\"}".to_vec()), 400, "body-malformed").await;
    check(json_text(draw(&client), "[]"), 422, "body-invalid").await;
    check(draw(&client).json(&json!({"player": 7})), 422, "body-invalid").await;
    check(draw(&client).json(&json!({})), 422, "body-invalid").await;
    check(draw(&client).json(&json!({"player": ""})), 422, "body-invalid").await;
    check(draw(&client).json(&json!({"player": "ä"})), 422, "body-invalid").await;
    check(draw(&client).json(&json!({"player": "x".repeat(129)})), 422, "body-invalid").await;
    for count in [json!("many"), json!(0), json!(101), json!(-1), json!(1.5), json!(1_u64 << 40)] {
        check(draw(&client).json(&json!({"player": "alice", "count": count})), 422, "body-invalid").await;
    }
    check(draw(&client).json(&json!({"player": "alice", "attributes": {"nope": 1}})), 422, "attribute-refused").await;
    check(draw(&client).json(&json!({"player": "alice", "attributes": {"nope": [1]}})), 422, "body-invalid").await;
    check(draw(&client).json(&json!({"player": "a".repeat(100_000)})), 413, "body-too-large").await;
    check(draw(&client).body("player=alice"), 415, "media-type-unsupported").await;

    let keyless = client.request(Method::POST, "/v1/campaigns/spring/draws");
    check(keyless.json(&body), 400, "idempotency-key-missing").await;
    let keyed = |key: Vec<u8>| {
        let key = reqwest::header::HeaderValue::from_bytes(&key).unwrap();
        client.request(Method::POST, "/v1/campaigns/spring/draws").header("Idempotency-Key", key).json(&body)
    };
    check(keyed(b"x".repeat(129)), 400, "idempotency-key-invalid").await;
    check(keyed(vec![]), 400, "idempotency-key-invalid").await;
    check(keyed("ä".as_bytes().to_vec()), 400, "idempotency-key-invalid").await;

    let unknown = client.request(Method::POST, "/v1/campaigns/nowhere/draws").header("Idempotency-Key", new_key());
    check(unknown.json(&body), 404, "campaign-unknown").await;
    let strange = client.request(Method::POST, "/v1/campaigns/a%20b/draws").header("Idempotency-Key", new_key());
    check(strange.json(&body), 400, "path-invalid").await;
    let invalid = client.request(Method::POST, "/v1/campaigns/%ff/draws").header("Idempotency-Key", new_key());
    check(invalid.json(&body), 400, "path-invalid").await;

    assert_eq!(client.draw("spring", "alice", "mine").await.0, StatusCode::CREATED);
    let reused = client.request(Method::POST, "/v1/campaigns/spring/draws").header("Idempotency-Key", "mine");
    check(reused.json(&json!({"player": "alice", "attributes": {"channel": "web"}})), 422, "idempotency-key-reused")
        .await;
}

#[tokio::test]
async fn addresses_methods_and_tokens() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let (client, operator) = (server.client(), server.operator());
    check(client.request(Method::GET, "/v1/nothing"), 404, "not-found").await;
    check(client.request(Method::DELETE, "/v1/campaigns/spring"), 405, "method-not-allowed").await;
    check(client.request(Method::GET, "/v1/draws/unknown"), 404, "draw-unknown").await;
    check(client.request(Method::GET, "/v1/draws/unknown/receipt"), 404, "draw-unknown").await;
    check(client.request(Method::GET, "/v1/campaigns/nowhere/players/alice"), 404, "campaign-unknown").await;
    check(client.request(Method::GET, "/v1/campaigns/spring/players/alice?limit=0"), 400, "query-invalid").await;
    check(client.request(Method::GET, "/v1/campaigns/spring/players/alice?cursor=!"), 400, "query-invalid").await;
    check(client.request(Method::GET, "/v1/campaigns/spring/players/alice?page=2"), 400, "query-invalid").await;
    check(operator.request(Method::GET, "/v1/operator/modules/abc"), 400, "path-invalid").await;
    for path in ["audit?actor=a%00b", "reconciliation?player=%00", "awards?campaign=%00"] {
        check(operator.request(Method::GET, &format!("/v1/operator/{path}")), 400, "query-invalid").await;
    }
    check(operator.request(Method::GET, "/v1/operator/lists/a%00b"), 400, "path-invalid").await;
    check(operator.request(Method::GET, &format!("/v1/operator/modules/{}", "0".repeat(64))), 404, "module-unknown")
        .await;
    check(operator.request(Method::GET, "/v1/operator/campaigns/spring/revisions/9"), 404, "revision-unknown").await;
    check(draw(&operator).json(&json!({"player": "alice"})), 403, "forbidden").await;
    for token in [None, Some(""), Some("tombola_wrong"), Some("ä")] {
        let stranger = server.stranger(token);
        let (status, problem) = stranger.get("/v1/campaigns/spring").await;
        assert_problem(&(status, problem), 401, "unauthenticated");
    }
}

#[tokio::test]
async fn documents_revisions_lists_and_stock() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let operator = server.operator();
    let publish = |document: &str| {
        let request = operator.request(Method::POST, "/v1/operator/campaigns/stocked/revisions");
        let request = request.header("Idempotency-Key", new_key()).header("Content-Type", "application/yaml");
        request.body(document.to_owned())
    };
    check(publish("}"), 422, "document-refused").await;
    let broken = documents::stocked("other", 3).replace("phone: 1}", "phone: \"0.4\"}");
    let (status, problem) = answer(publish(&broken)).await.unwrap();
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let codes: Vec<_> =
        problem["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["campaign-mismatch", "odds-sum"]);
    for title in ["a\\0b", "a\\nb", &"x".repeat(2_000_000)] {
        let document = documents::stocked("stocked", 3).replacen("title: ", &format!("title: \"{title}\" #"), 1);
        let (status, problem) = answer(publish(&document)).await.unwrap();
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let codes: Vec<_> =
            problem["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["text-invalid"], "{title:.9}");
    }
    for title in ["", "a\nb", "a\u{7f}", "a\0b", &"x".repeat(201)] {
        let declare = operator.request(Method::PUT, "/v1/operator/units/coins").header("Idempotency-Key", new_key());
        let (status, code) = if title.contains('\0') { (400, "body-malformed") } else { (422, "body-invalid") };
        check(declare.json(&json!({"title": title})), status, code).await;
    }
    check(publish(&documents::stocked("stocked", 3)).header("If-Match", "\"1\""), 412, "revision-not-expected").await;
    check(publish("x").header("If-Match", "yes"), 400, "precondition-invalid").await;
    check(publish(&" ".repeat((4 << 20) + 2)), 413, "body-too-large").await;

    let rollback = operator.request(Method::POST, "/v1/operator/campaigns/spring/rollback");
    check(rollback.header("Idempotency-Key", new_key()).json(&json!({"to": 7})), 404, "revision-unknown").await;
    let list = |body: Value| {
        let request = operator.request(Method::PUT, "/v1/operator/lists/banned");
        request.header("Idempotency-Key", new_key()).json(&body)
    };
    check(list(json!({"add": ["a", "\n"]})), 422, "body-invalid").await;
    check(list(json!({"replace": []})), 422, "list-emptied").await;
    check(operator.request(Method::GET, "/v1/operator/lists/none"), 404, "list-unknown").await;
    let members = |query: &str, body: &str| {
        let request = operator.request(Method::PUT, &format!("/v1/operator/lists/banned/members{query}"));
        let request = request.header("Idempotency-Key", new_key()).header("Content-Type", "text/plain");
        request.body(body.to_owned())
    };
    let (status, problem) = answer(members("", "a\nb\n\tc\n")).await.unwrap();
    assert_problem(&(status, problem.clone()), 422, "body-invalid");
    assert!(problem["detail"].as_str().unwrap().starts_with("line 3: "), "{problem:#}");
    check(members("", ""), 422, "list-emptied").await;
    check(members("?allow_empty=perhaps", ""), 400, "query-invalid").await;
    check(operator.request(Method::GET, "/v1/operator/lists/banned"), 404, "list-unknown").await;
    check(list(json!({"replace": ["a"], "add": ["b"]})), 422, "body-invalid").await;
    let (status, problem) = answer(list(json!({"add": ["a", "b"], "remove": ["c", "b"]}))).await.unwrap();
    assert_problem(&(status, problem.clone()), 422, "body-invalid");
    assert_eq!(problem["detail"], "remove[1]: this player stands in `add` as well; send one of the two");
    let stock = |prize: &str, body: Value| {
        let path = format!("/v1/operator/campaigns/spring/prizes/{prize}/stock");
        operator.request(Method::POST, &path).header("Idempotency-Key", new_key()).json(&body)
    };
    check(stock("nothing-like-it", json!({"add": 1})), 404, "stock-unknown").await;
    check(stock("phone", json!({"add": 0})), 422, "body-invalid").await;
    for path in ["campaigns/spring/budget", "players/alice/balances"] {
        for add in [0, 1_000_000_000_001_i64, -1_000_000_000_001] {
            let request = operator.request(Method::POST, &format!("/v1/operator/{path}"));
            let body = json!({"unit": "points", "add": add, "reason": "a slip"});
            check(request.header("Idempotency-Key", new_key()).json(&body), 422, "body-invalid").await;
        }
    }
    check(stock("phone", json!({"add": 9_007_199_254_740_993_i64})), 422, "body-invalid").await;
    check(stock("phone", json!({"add": 9_007_199_254_740_991_i64})), 409, "stock-out-of-bounds").await;
    let odds = |body: Value| operator.request(Method::POST, "/v1/operator/campaigns/spring/odds").json(&body);
    check(odds(json!({"facts": {"player.name": 1}})), 422, "fact-refused").await;
    check(odds(json!({"facts": {"player.draws.total": "many"}})), 422, "fact-refused").await;
    for (fact, value) in [("player.draws.total", -1), ("player.bucket", 1_000), ("now.local.minute", 1_440)] {
        check(odds(json!({"facts": {fact: value}})), 422, "fact-refused").await;
    }
    check(odds(json!({"sold_out": ["nope"]})), 422, "prize-refused").await;
    let trial = |body: Value| operator.request(Method::POST, "/v1/operator/campaigns/spring/try").json(&body);
    check(trial(json!({"sold_out": ["nope"]})), 422, "prize-refused").await;
    check(trial(json!({"drawn": "nope"})), 422, "prize-refused").await;
}

#[tokio::test]
async fn modules() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let operator = server.operator();
    let upload = |component: &[u8]| {
        let request = operator.request(Method::POST, "/v1/operator/modules").header("Idempotency-Key", new_key());
        request.header("Content-Type", "application/wasm").body(component.to_vec())
    };
    let good = tombola_standard_rules::standard()[0].component;
    check(upload(b""), 422, "module-refused").await;
    check(upload(b"garbage"), 422, "module-refused").await;
    check(upload(b"\0asm\x01\0\0\0"), 422, "module-refused").await;
    check(upload(&good[..good.len() / 2]), 422, "module-refused").await;
    let importing = br#"(component (import "tombola:host/secrets" (instance (export "read" (func)))))"#;
    let (status, problem) = answer(upload(&wat::parse_bytes(importing).unwrap())).await.unwrap();
    assert_problem(&(status, problem.clone()), 422, "module-refused");
    assert!(problem["detail"].as_str().unwrap().contains("imports"), "{problem:#}");
    check(upload(&vec![0; 8 << 20]), 413, "module-too-large").await;
    let plain = operator.request(Method::POST, "/v1/operator/modules").header("Idempotency-Key", new_key());
    check(plain.body("x"), 415, "media-type-unsupported").await;
    // What is there already is no error, whoever sends it.
    assert_eq!(answer(upload(good)).await.unwrap().0, StatusCode::OK);
    assert_eq!(server.client().draw("spring", "alice", &new_key()).await.0, StatusCode::CREATED);
}

/// Whoever sent it can mend it by what is said: where it is, what is there, what is expected, within which bounds.
#[tokio::test]
async fn mistakes_are_told_with_their_place_and_what_is_expected() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let (client, operator) = (server.client(), server.operator());
    let told = async |request: RequestBuilder| {
        let (_, problem) = answer(request).await.expect("an answer");
        problem["detail"].as_str().unwrap_or_else(|| panic!("{problem:#}")).to_owned()
    };
    for (body, expected) in [
        ("", "the body is empty; send a JSON object"),
        (
            r#"{"player": "a", "attributes": {"channel": "app", "level": null}}"#,
            "attributes.level: a text, a whole number, or true or false is expected at column 63",
        ),
        (
            r#"{"player": "a", "attributes": {"channel": "app", "channel": "web"}}"#,
            "attributes: the member `channel` stands there twice at column 66",
        ),
        (r#"{"player": "a", "count": 0}"#, "count: a request draws 1 to 100 times"),
    ] {
        assert_eq!(told(json_text(draw(&client), body)).await, expected, "{body}");
    }
    let twice = r#"{"events": [{"id": "1", "player": "a", "type": "t", "attributes": {"a": 1, "a": 2}}]}"#;
    let batch = json_text(client.request(Method::POST, "/v1/events/batch"), twice);
    assert_eq!(told(batch).await, "events[0].attributes: the member `a` stands there twice at column 82");
    for (path, expected) in [
        ("feed?after=x", "after: a whole number is expected, not below 0"),
        ("feed?after=0&limit=1001", "limit: a whole number from 1 to 1000 is expected"),
        ("audit?limit=-1", "limit: a whole number from 1 to 200 is expected"),
        ("awards?limit=", "limit: a whole number from 1 to 200 is expected"),
        ("code-pools?x=1", "this call takes no other query parameters than cursor, limit"),
        ("campaigns/spring/revisions/x", "a revision's number is a whole number, not below 0"),
        (
            "campaigns/a%20b/revisions/1",
            "a campaign's name is 1 to 64 letters, digits, '-', '_' or '.', and does not start with '.'",
        ),
    ] {
        let request = operator.request(Method::GET, &format!("/v1/operator/{path}"));
        assert_eq!(told(request).await, expected, "{path}");
    }
    let unit = client.request(Method::GET, "/v1/players/a/balances/pionts/transfers");
    check(unit, 404, "unit-unknown").await;
    let unit = client.request(Method::GET, "/v1/players/a/balances/pionts/transfers");
    assert_eq!(told(unit).await, "there is no unit 'pionts'; declared are points");
    let ahead = operator.request(Method::GET, "/v1/operator/feed?after=17");
    check(ahead, 409, "feed-ahead").await;
}

/// What nobody reads would be lost, such as why an operator does something.
#[tokio::test]
async fn a_body_that_a_call_does_not_take() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let rotate = |body: &str| {
        let request = server.operator().request(Method::POST, "/v1/operator/epochs");
        json_text(request.header("Idempotency-Key", new_key()), body.to_owned())
    };
    for body in ["{\"reason\": \"why not\"}".to_owned(), "x".to_owned(), " ".repeat(100_000) + "x"] {
        let (status, problem) = answer(rotate(&body)).await.unwrap();
        assert_problem(&(status, problem.clone()), 422, "body-invalid");
        let detail = "this call takes no body; its reason stands in the query: `?reason=`";
        assert_eq!(problem["detail"], detail, "{}", body.len());
    }
    let released = server.client().request(Method::POST, "/v1/players/alice/holds/1/release");
    check(json_text(released, "{\"amount\": 1}"), 422, "body-invalid").await;
    // Proxies may send one with what is read, where it means nothing.
    let read = server.client().request(Method::GET, "/v1/epochs").body("x");
    assert_eq!(answer(read).await.unwrap().0, StatusCode::OK);
    for nothing in ["", "{}", " {\n}"] {
        assert_eq!(answer(rotate(nothing)).await.unwrap().0, StatusCode::CREATED, "{nothing}");
    }
}
