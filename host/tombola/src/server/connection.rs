//! One connection, from its first byte to its last. It speaks HTTP/1.1: in HTTP/2 a client could keep hundreds of answers waiting on
//! one connection while the connection itself moves, and what stands in front and ends TLS speaks either way with this side.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tower::ServiceExt;

use super::watched::{Requests, Watched};

/// Serves it until either side ends it. Asked to stop, it ends after the request under way.
pub(super) async fn serve(stream: TcpStream, router: Router, silence_max: Duration, mut stopping: watch::Receiver<()>) {
    // Answers are small and complete; waiting for more to send with them would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its delay");
    }
    let requests = Arc::<Requests>::default();
    let stream = TokioIo::new(Watched::new(stream, Arc::clone(&requests), silence_max));
    let answer = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        answer(router.clone(), request.map(Body::new), Arc::clone(&requests))
    });
    let mut builder = http1::Builder::new();
    // The head of a request may come byte by byte, on which silence has no hold.
    builder.timer(TokioTimer::new()).header_read_timeout(silence_max);
    let mut connection = pin!(builder.serve_connection(stream, answer));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopping.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}

async fn answer(router: Router, request: Request, requests: Arc<Requests>) -> Result<Response, Infallible> {
    let _under_way = requests.begin();
    router.oneshot(request).await
}
