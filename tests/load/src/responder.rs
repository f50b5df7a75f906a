//! A server that answers and does nothing else: what the driver can do at most.

use std::io;
use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::Target;

/// As long as the answer to a draw.
const BODY_BYTES: usize = 330;
/// Bytes of one request: more than a draw's.
const REQUEST_BYTES_MAX: usize = 8 << 10;

/// A responder on a free port. It ends when it is dropped.
#[derive(Debug)]
pub struct Responder {
    target: Target,
    _serving: JoinSet<()>,
}

impl Responder {
    /// Answers every request with 201 and a body as long as a draw's. Needs a Tokio runtime.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let target = Target::new(listener.local_addr()?).expect("it listens on this machine");
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener));
        Ok(Self { target, _serving: serving })
    }

    /// Where it is.
    pub fn target(&self) -> Target {
        self.target
    }
}

async fn serve(listener: TcpListener) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(async move {
            // A client that goes away ends its connection, and that is all.
            let _ = answer(stream).await;
        });
    }
}

/// Requests come one at a time and whole, since that is how the driver sends them: each ends with the body's brace.
async fn answer(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let body = "x".repeat(BODY_BYTES);
    let answer =
        format!("HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nContent-Length: {BODY_BYTES}\r\n\r\n{body}");
    let mut input = Vec::with_capacity(REQUEST_BYTES_MAX);
    while stream.read_buf(&mut input).await? > 0 && input.len() < REQUEST_BYTES_MAX {
        if input.ends_with(b"}") {
            stream.write_all(answer.as_bytes()).await?;
            input.clear();
        }
    }
    Ok(())
}
