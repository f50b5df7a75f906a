//! Uploads of a hundred megabytes: refused, and never held in memory.

use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Server, new_key};

const UPLOAD_BYTES: usize = 100 << 20;
/// What one upload may add to the server's memory at most: what is read before it is too much, and some room.
const ADDED_BYTES_MAX: u64 = 64 << 20;
/// How long an answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

#[tokio::test]
async fn what_says_to_be_too_large_is_not_read() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let mut stream = connect(&server).await;
    let head = head(&server, &format!("Content-Length: {UPLOAD_BYTES}"));
    // Not one byte of it is sent, and yet the answer comes.
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = read(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("body-too-large"), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_turns_out_to_be_too_large_is_not_kept() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let before = server.memory_bytes("VmRSS");
    let (mut input, mut output) = connect(&server).await.into_split();
    output.write_all(head(&server, "Transfer-Encoding: chunked").as_bytes()).await.unwrap();
    let sending = tokio::spawn(async move {
        let mut chunk = format!("{:x}\r\n", 1 << 20).into_bytes();
        chunk.extend(vec![0; 1 << 20]);
        chunk.extend(b"\r\n");
        for sent in 0..UPLOAD_BYTES >> 20 {
            // The server hangs up on what it does not take.
            if output.write_all(&chunk).await.is_err() {
                return sent;
            }
        }
        UPLOAD_BYTES >> 20
    });
    let answer = read(&mut input).await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("body-too-large"), "{answer}");
    let sent = sending.await.unwrap();
    assert!(sent < UPLOAD_BYTES >> 20, "not all of it was taken: {sent} MiB");
    let peak = server.memory_bytes("VmHWM");
    assert!(peak < before + ADDED_BYTES_MAX, "from {before} to {peak} bytes");
    assert_eq!(server.client().draw("spring", "alice", &new_key()).await.0, reqwest::StatusCode::CREATED);
}

async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap()
}

fn head(server: &Server, framing: &str) -> String {
    let token = server.operator_token();
    format!(
        "POST /v1/operator/modules HTTP/1.1\r\nHost: tombola\r\nAuthorization: Bearer {token}\r\n\
         Idempotency-Key: {}\r\nContent-Type: application/wasm\r\n{framing}\r\n\r\n",
        new_key()
    )
}

/// The answer, up to the end of its body or of the connection.
async fn read(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut answer = Vec::new();
    let reading = async {
        let mut buffer = [0; 4096];
        while !answer.ends_with(b"}") {
            match stream.read(&mut buffer).await {
                Ok(count) if count > 0 => answer.extend_from_slice(&buffer[..count]),
                _ => break,
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("an answer");
    String::from_utf8(answer).unwrap()
}
