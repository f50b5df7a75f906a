use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;

use super::*;

const SILENCE: Duration = Duration::from_millis(50);
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

async fn start(router: Router, connections_max: usize) -> Server {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    Server::start(listener, router, Bounds { connections_max, silence_max: SILENCE }).unwrap()
}

fn small() -> Router {
    Router::new().route("/", get(|| async { "here" }))
}

async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.address()).await.unwrap()
}

/// All that comes after this was sent, until the server hangs up. A test for which it doesn't hangs as well, and fails.
async fn answer(server: &Server, sent: &[u8]) -> String {
    let mut stream = connect(server).await;
    let mut answer = Vec::new();
    // A server that has hung up already may reset.
    let _ = stream.write_all(sent).await;
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn who_says_nothing_keeps_nobody_out_for_ever() {
    let server = start(small(), 2).await;
    let silent = [connect(&server).await, connect(&server).await];
    // This machine may be busy for longer than silence is borne.
    while !answer(&server, REQUEST).await.ends_with("here") {}
    drop(silent);
}

#[tokio::test]
async fn who_stops_in_the_middle_of_a_head_is_hung_up_on() {
    let server = start(small(), 9).await;
    for half in ["", "G", "GET / HTTP/1.1\r\nHo", "PRI * HTTP/2.0\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let answer = answer(&server, half.as_bytes()).await;
        assert!(!answer.contains("here"), "{half:?}: {answer}");
    }
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_has_an_end() {
    let server = start(small(), 9).await;
    let mut stream = connect(&server).await;
    stream.write_all(b"GET /").await.unwrap();
    // A server that waits for as long as something comes would wait for ever.
    while stream.write_all(b"a").await.is_ok() {
        tokio::time::sleep(SILENCE / 10).await;
    }
}

#[tokio::test]
async fn a_request_may_take_longer_than_silence_lasts() {
    let slow = || async {
        tokio::time::sleep(4 * SILENCE).await;
        "slow"
    };
    let server = start(Router::new().route("/", get(slow)), 9).await;
    while !answer(&server, REQUEST).await.ends_with("slow") {}
}

/// Goes on for ever, and says when it is given up.
struct Endless(Option<oneshot::Sender<()>>);

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
        Poll::Ready(Some(Ok(hyper::body::Frame::data(Bytes::from_static(&[0; 16_384])))))
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        let _ = self.0.take().expect("dropped once").send(());
    }
}

#[tokio::test]
async fn who_takes_nothing_of_an_answer_is_hung_up_on() {
    let (given_up, is_given_up) = oneshot::channel();
    let body = Arc::new(Mutex::new(Some(Body::new(Endless(Some(given_up))))));
    let answer = move || std::future::ready(body.lock().unwrap().take().expect("asked once"));
    let server = start(Router::new().route("/", get(answer)), 9).await;
    let mut stream = connect(&server).await;
    stream.write_all(REQUEST).await.unwrap();
    is_given_up.await.unwrap();
}

#[tokio::test]
async fn stopping_waits_for_requests_and_not_for_connections() {
    let (began, has_begun) = oneshot::channel();
    let (go_on, may_go_on) = oneshot::channel();
    let parts = Arc::new(Mutex::new(Some((began, may_go_on))));
    let slow = move || {
        let (began, may_go_on) = parts.lock().unwrap().take().expect("asked once");
        async move {
            began.send(()).expect("it is waited for");
            may_go_on.await.expect("it is told");
            "done"
        }
    };
    let bounds = Bounds { connections_max: 9, silence_max: Duration::from_hours(1) };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let server = Server::start(listener, Router::new().route("/", get(slow)), bounds).unwrap();
    let idle = connect(&server).await;
    let mut stream = connect(&server).await;
    stream.write_all(REQUEST).await.unwrap();
    has_begun.await.unwrap();
    let stopping = tokio::spawn(server.stop(std::future::pending()));
    go_on.send(()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("done"), "{answer}");
    stopping.await.unwrap();
    drop(idle);
}
