//! A list that is replaced line by line while draws go on.

use std::io::Write as _;
use std::process::Command;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::documents;
use crate::harness::{Server, answer, new_key};

/// A body that is sent piece by piece.
struct Upload(TcpStream);

impl Upload {
    async fn begin(server: &Server) -> Self {
        let token = server.operator_token();
        let host = server.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).await.unwrap();
        let head = format!(
            "PUT /v1/operator/lists/banned/members HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
             Idempotency-Key: {}\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
            new_key()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        Self(stream)
    }

    async fn send(&mut self, lines: &str) {
        self.0.write_all(format!("{:x}\r\n{lines}\r\n", lines.len()).as_bytes()).await.unwrap();
    }

    async fn end(mut self) -> String {
        self.0.write_all(b"0\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        self.0.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

#[tokio::test]
async fn draws_go_on_while_a_list_is_replaced_and_see_it_at_once() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let (client, operator) = (server.client(), server.operator());
    operator.publish("stocked", &documents::stocked("stocked", 1_000)).await;
    let mut upload = Upload::begin(&server).await;
    let mut all = String::new();
    for piece in 0..20 {
        let players: Vec<String> = (0..1_000).map(|number| format!("player-{piece}-{number}")).collect();
        let lines = players.join("\n") + "\n";
        upload.send(&lines).await;
        all.push_str(&lines);
        // Among the pieces, and of somebody who will be on the list.
        let (status, draw) = client.draw("stocked", "player-0-0", &new_key()).await;
        assert_eq!(status, StatusCode::CREATED, "{draw:#}");
    }
    let answered = upload.end().await;
    assert!(answered.starts_with("HTTP/1.1 200 "), "{answered}");
    let (_, refused) = client.draw("stocked", "player-19-999", &new_key()).await;
    assert_eq!(refused["outcome"]["code"], "banned");
    let (_, list) = operator.get("/v1/operator/lists/banned").await;
    assert_eq!((&list["version"], &list["size"]), (&json!(1), &json!(20_000)));
    assert_eq!(list["digest"], digest_of(&all), "as it is computed without a host");
    server.kill();
    crate::invariants::check(data.path()).await;
}

#[tokio::test]
async fn an_upload_that_breaks_off_changes_nothing() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let operator = server.operator();
    let put = |body: &'static str| {
        let request = operator.request(Method::PUT, "/v1/operator/lists/banned/members?reason=first");
        let request = request.header("Idempotency-Key", new_key()).header("Content-Type", "text/plain");
        answer(request.body(body))
    };
    let (status, list) = put("alice\nbob\nalice\n").await.unwrap();
    assert_eq!((status, &list["size"]), (StatusCode::OK, &json!(2)), "{list:#}");
    // More often than lists may be replaced at once: each has to give its place back.
    for _ in 0..5 {
        let mut upload = Upload::begin(&server).await;
        upload.send("mallory\n").await;
        drop(upload);
    }
    assert_eq!(operator.get("/v1/operator/lists/banned").await.1, list);
    loop {
        match put("carol\n").await.unwrap() {
            // Until the host has seen that nobody is there any more.
            (StatusCode::SERVICE_UNAVAILABLE, busy) => assert_eq!(busy["code"], "busy", "{busy:#}"),
            (status, list) => {
                assert_eq!((status, &list["version"], &list["size"]), (StatusCode::OK, &json!(2), &json!(1)));
                break;
            }
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let (_, record) = operator.get("/v1/operator/audit?what=change_list").await;
    assert_eq!((&record["items"][1]["reason"], &record["items"][1]["after"]), (&json!("first"), &list["digest"]));
    assert_eq!(record["items"][0]["before"], list["digest"]);
}

#[tokio::test]
async fn a_replacement_goes_on_though_the_operator_hangs_up() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    // Enough that staging them takes longer than it takes to see that nobody is there any more.
    let players: Vec<_> = (0..100_000).map(|number| format!("player-{number}")).collect();
    let body = json!({ "replace": players }).to_string();
    let request = format!(
        "PUT /v1/operator/lists/banned HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nIdempotency-Key: {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        server.operator_token(),
        new_key(),
        body.len()
    );
    // A replacement that had not begun when the operator hung up is never made, so that it is asked for until one had.
    for asked in 1.. {
        let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(asked)).await;
        drop(stream);
        if is_replaced(&server).await {
            break;
        }
    }
    server.kill();
    crate::invariants::check(data.path()).await;
}

/// Whether the list is replaced within a second.
async fn is_replaced(server: &Server) -> bool {
    for _ in 0..50 {
        if server.operator().get("/v1/operator/lists/banned").await.1["size"] == json!(100_000) {
            return true;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    false
}

fn digest_of(lines: &str) -> Value {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(lines.as_bytes()).unwrap();
    let output =
        Command::new(env!("CARGO_BIN_EXE_tombola")).args(["list", "digest"]).arg(file.path()).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim_end().into()
}
