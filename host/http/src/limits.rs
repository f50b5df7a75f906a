//! Bounds of this API, and the gate that keeps them.

use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tombola_app::Error;

use crate::problem::Problem;
use crate::router::Shared;

/// The largest JSON body where nothing else is said: a draw with its attributes has a few hundred bytes.
pub(crate) const BODY_BYTES_MAX: usize = 64 << 10;
/// The largest campaign document; the engine's own bound is told in its findings.
pub(crate) const DOCUMENT_BYTES_MAX: usize = tombola_app::model::DOCUMENT_BYTES_MAX + 1;
/// The largest trial: a document as a JSON text, where line breaks and quotes take two bytes, and some facts.
pub(crate) const TRIAL_BYTES_MAX: usize = 2 * DOCUMENT_BYTES_MAX + BODY_BYTES_MAX;
/// The largest component that is read; what a module may have is the sandbox's to say, and it says it in words.
pub(crate) const MODULE_BYTES_MAX: usize = 32 << 20;
/// The largest change of a list: about half a million players.
pub(crate) const LIST_BYTES_MAX: usize = 16 << 20;
/// Uploads in memory at once: each is as large as [`MODULE_BYTES_MAX`], and hardly anybody uploads.
pub(crate) const UPLOADS_MAX: usize = 4;
/// Requests under way at once. What comes above is told to come again.
pub(crate) const REQUESTS_MAX: usize = 4_096;
/// How long a request may take in all, reading its body included.
const DEADLINE: Duration = Duration::from_mins(1);
/// The address whose bodies are as long as they take; how long each piece of them may take is bounded where they are read.
const STREAMED: &str = "/v1/operator/lists/{list}/members";
/// How long a request there may take in all: the longest list, over a slow line.
const STREAM_DEADLINE: Duration = Duration::from_hours(1);

/// The largest body that a route takes, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyBytesMax(pub(crate) usize);

pub(crate) async fn gate(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let Ok(_permit) = shared.requests.try_acquire() else { return Problem::from(Error::Busy).into_response() };
    let route = request.extensions().get::<MatchedPath>();
    let is_streamed = route.is_some_and(|route| route.as_str() == STREAMED);
    let deadline = if is_streamed { STREAM_DEADLINE } else { DEADLINE };
    match tokio::time::timeout(deadline, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::from(Error::TimedOut).into_response(),
    }
}
