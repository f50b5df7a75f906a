//! What is known of every request: an id, a log line, two metrics. No player, key, attribute or token stands in any of them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use data_encoding::HEXLOWER;
use metrics::{counter, histogram};
use tracing::{Instrument, Span};

use crate::problem::{Code, Problem};
use crate::router::Shared;

const REQUESTS: &str = "tombola_http_requests_total";
const REQUEST_SECONDS: &str = "tombola_http_request_seconds";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request under way.
pub(crate) fn request_id() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// Does work of this request on a task of its own, so that it goes on to its end also when the caller hangs up. What it logs and what
/// goes wrong there carry the request's id as well. `what` names it where it panicked.
pub(crate) async fn to_its_end<T, E>(
    what: &str,
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, Problem>
where
    T: Send + 'static,
    E: Send + 'static,
    Problem: From<E>,
{
    let failed = |_| Problem::new(Code::Internal, format!("the {what} failed; repeat it with the same key"));
    let work = CURRENT.scope(request_id(), work).instrument(Span::current());
    Ok(tokio::spawn(work).await.map_err(failed)??)
}

/// Makes ids: a random number of the process, then a count.
#[derive(Debug)]
pub(crate) struct RequestIds {
    process: String,
    count: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new(random: &[u8; 32]) -> Self {
        Self { process: HEXLOWER.encode(&random[..6]), count: AtomicU64::new(0) }
    }

    fn next(&self) -> String {
        format!("{}-{}", self.process, self.count.fetch_add(1, Ordering::Relaxed))
    }
}

pub(crate) async fn observe(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let id = shared.request_ids.next();
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let trace = trace_id(&request).unwrap_or_default().to_owned();
    let span = tracing::info_span!("request", request_id = id, method, route, trace_id = trace);
    let began = Instant::now();
    let answer = CURRENT.scope(id.clone(), next.run(request)).instrument(span.clone());
    let mut response = answer.await;
    let status = response.status().as_u16();
    span.in_scope(|| tracing::debug!(status, micros = began.elapsed().as_micros(), "answered"));
    let labels = [("method", method.to_owned()), ("route", route), ("status", status.to_string())];
    histogram!(REQUEST_SECONDS, &labels[..2]).record(began.elapsed());
    counter!(REQUESTS, &labels).increment(1);
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// The method as a label: whoever makes one up makes no new label.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// The trace id of a W3C `traceparent` header: `00-<32 hexadecimal digits>-<16>-<2>`.
fn trace_id(request: &Request) -> Option<&str> {
    let parent = request.headers().get("traceparent")?.to_str().ok()?;
    let trace = parent.split('-').nth(1)?;
    (trace.len() == 32 && trace.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(trace)
}
