//! Bounds of this API, and the gate that keeps them.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::OwnedSemaphorePermit;
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
/// Bundles in memory at once, each several times as large as [`tombola_app::audit::BUNDLE_BYTES_MAX`]: who checks draws waits.
pub(crate) const BUNDLES_MAX: usize = 4;
/// Requests under way at once, until their answers are sent. What comes above is told to come again.
pub(crate) const REQUESTS_MAX: usize = 4_096;
/// How long a request may take in all, reading its body included.
const DEADLINE: Duration = Duration::from_mins(1);
/// The addresses whose bodies are as long as they take, where how long each piece of them may take is bounded as they are read; and the
/// one that goes through everything.
const STREAMED: [&str; 3] =
    ["/v1/operator/lists/{list}/members", "/v1/operator/code-pools/{pool}/codes", "/v1/operator/reconciliation"];
/// How long a request there may take in all: the longest body, over a slow line.
const STREAM_DEADLINE: Duration = Duration::from_hours(1);
/// The address that tells whether the process lives, which a busy one does.
pub(crate) const HEALTH: &str = "/healthz";

/// The largest body that a route takes, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyBytesMax(pub(crate) usize);

pub(crate) async fn gate(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    if route == Some(HEALTH) {
        return next.run(request).await;
    }
    let Ok(permit) = Arc::clone(&shared.requests).try_acquire_owned() else {
        return Problem::from(Error::Busy).into_response();
    };
    let is_streamed = route.is_some_and(|route| STREAMED.contains(&route));
    let deadline = if is_streamed { STREAM_DEADLINE } else { DEADLINE };
    let response = match tokio::time::timeout(deadline, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::from(Error::TimedOut).into_response(),
    };
    until_sent(response, permit)
}

/// Holds a permit until the bytes of this response were sent or given up: until then they take memory, also where the connection
/// has taken them over from the body.
pub(crate) fn until_sent(response: Response, permit: OwnedSemaphorePermit) -> Response {
    response.map(|body| Body::new(Held { body, permit: Arc::new(permit) }))
}

struct Held {
    body: Body,
    permit: Arc<OwnedSemaphorePermit>,
}

/// Bytes with what they hold.
struct Holding {
    bytes: Bytes,
    _permit: Arc<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for Holding {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        let frame = std::task::ready!(Pin::new(&mut self.body).poll_frame(context));
        let held = |bytes| Bytes::from_owner(Holding { bytes, _permit: Arc::clone(&self.permit) });
        Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(held))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn a_permit_is_held_by_bytes_that_are_not_sent_yet() {
        let permits = Arc::new(Semaphore::new(1));
        let permit = Arc::clone(&permits).try_acquire_owned().unwrap();
        let mut body = until_sent(Response::new(Body::from("sent")), permit).into_body();
        let frame = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
        drop(body);
        assert_eq!(permits.available_permits(), 0);
        drop(frame);
        assert_eq!(permits.available_permits(), 1);
    }

    #[tokio::test]
    async fn a_permit_is_held_until_the_answer_is_sent_or_given_up() {
        let permits = Arc::new(Semaphore::new(1));
        let held = || until_sent(Response::new(Body::from("sent")), Arc::clone(&permits).try_acquire_owned().unwrap());
        let response = held();
        assert_eq!((permits.available_permits(), response.body().size_hint().exact()), (0, Some(4)));
        let sent = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!((permits.available_permits(), &*sent), (0, &b"sent"[..]));
        drop(sent);
        assert_eq!(permits.available_permits(), 1);
        drop(held());
        assert_eq!(permits.available_permits(), 1);
    }
}
