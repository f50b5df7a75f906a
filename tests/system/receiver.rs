//! A receiver of webhooks, and a server that may call it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::harness::{Caller, Server, answer, new_key};

/// Of so many messages one is answered 500.
const FAILS_EVERY: usize = 20;

/// A receiver that keeps every id, with how often it came.
pub(crate) struct Receiver {
    pub(crate) url: String,
    seen: Arc<Mutex<BTreeMap<String, usize>>>,
    _serving: JoinSet<()>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let seen: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
        let (mut serving, book) = (JoinSet::new(), Arc::clone(&seen));
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let book = Arc::clone(&book);
                // The program is killed while it speaks, which ends a connection and no more.
                connections.spawn(async move { drop(receive(stream, &book).await) });
            }
        });
        Self { url, seen, _serving: serving }
    }

    pub(crate) fn seen(&self) -> BTreeMap<String, usize> {
        self.seen.lock().unwrap().clone()
    }
}

async fn receive(mut stream: TcpStream, book: &Mutex<BTreeMap<String, usize>>) -> std::io::Result<()> {
    let mut input = Vec::new();
    while stream.read_buf(&mut input).await? > 0 {
        let text = String::from_utf8_lossy(&input).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
        if body.len() < header("content-length: ").parse().unwrap() {
            continue;
        }
        let fails = {
            let mut book = book.lock().unwrap();
            *book.entry(header("webhook-id: ")).or_default() += 1;
            book.values().sum::<usize>().is_multiple_of(FAILS_EVERY)
        };
        let status = if fails { "500 Fails" } else { "200 OK" };
        stream.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").as_bytes()).await?;
        input.clear();
    }
    Ok(())
}

/// The demo, which may call this machine without TLS.
pub(crate) async fn start(data: &Path) -> Server {
    let mut program = Server::program(data);
    program.env("TOMBOLA_HTTP_DESTINATIONS", "crm").env("TOMBOLA_PRIVATE_NETWORKS", "127.0.0.1/32");
    Server::start_by(program).await
}

/// Makes the receiver the destination `crm`.
pub(crate) async fn put(operator: &Caller, receiver: &Receiver) {
    let request = operator.request(Method::PUT, "/v1/operator/destinations/crm").header("Idempotency-Key", new_key());
    let secret = format!("whsec_{}", "AAAA".repeat(8));
    let (status, made) = answer(request.json(&json!({"url": receiver.url, "secrets": [secret]}))).await.unwrap();
    assert_eq!((status, &made["version"], made.get("secrets")), (StatusCode::OK, &json!(1), None), "{made:#}");
}
