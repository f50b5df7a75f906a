//! Bounds of this API, and the gate that keeps them.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tombola_app::Error;
use tombola_app::admission::refused;

use crate::problem::Problem;
use crate::rates::Rates;
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
const REQUESTS_MAX: usize = 4_096;
/// Of those, operators'. They are few, and clients leave them this share.
const OPERATORS_MAX: usize = 192;
/// Of those, the ones that have to be answered when all others are too many: see [`RESERVED`].
const RESERVED_MAX: usize = 64;
/// Where is asked how the host does, and where an operator stops things.
const RESERVED: [&str; 6] = [
    "/readyz",
    "/metrics",
    "/v1/operator/campaigns/{campaign}/pause",
    "/v1/operator/campaigns/{campaign}/resume",
    "/v1/operator/switches",
    "/v1/operator/switches/{switch}",
];
/// The calls that are no `GET` and write nothing, and the switches themselves.
const NOT_WRITING: [&str; 6] = [
    "/v1/players/{player}/tokens",
    "/v1/operator/campaigns/{campaign}/check",
    "/v1/operator/campaigns/{campaign}/odds",
    "/v1/operator/campaigns/{campaign}/try",
    "/v1/operator/destinations/{destination}/test",
    "/v1/operator/switches/{switch}",
];
/// The `GET` that is recorded.
const RECORDED: &str = "/v1/operator/players/{player}/export";
/// The calls of clients that write, of which so many are let in as are done soon. While nothing is written they answer who repeats a request,
/// and refuse the others once they know which it is.
const WEIGHED: [&str; 7] = [
    "/v1/campaigns/{campaign}/draws",
    "/v1/campaigns/{campaign}/orders",
    "/v1/players/{player}/holds",
    "/v1/players/{player}/holds/{hold}/take",
    "/v1/players/{player}/holds/{hold}/release",
    "/v1/events",
    "/v1/events/batch",
];
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

/// Room for requests under way, each kind's own.
#[derive(Debug)]
pub(crate) struct Room {
    clients: Arc<Semaphore>,
    operators: Arc<Semaphore>,
    reserved: Arc<Semaphore>,
}

impl Default for Room {
    fn default() -> Self {
        let share = |requests| Arc::new(Semaphore::new(requests));
        let clients = share(REQUESTS_MAX - OPERATORS_MAX - RESERVED_MAX);
        Self { clients, operators: share(OPERATORS_MAX), reserved: share(RESERVED_MAX) }
    }
}

impl Room {
    fn enter(&self, route: &str) -> Result<OwnedSemaphorePermit, Error> {
        let share = if RESERVED.contains(&route) {
            &self.reserved
        } else if route.starts_with("/v1/operator/") {
            &self.operators
        } else {
            &self.clients
        };
        Arc::clone(share).try_acquire_owned().map_err(|_| refused("busy", Error::Busy))
    }
}

/// Lets in what there is room for. The cheapest question comes first, and none of them looks at more than the address.
pub(crate) async fn gate(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("", MatchedPath::as_str);
    if route == HEALTH {
        return next.run(request).await;
    }
    let permit = match enter(&shared, route, request.method()) {
        Ok(permit) => permit,
        Err(error) => return Problem::from(error).into_response(),
    };
    let rates = Rates::of(&shared.app);
    rates.lend(request.extensions_mut());
    let deadline = if STREAMED.contains(&route) { STREAM_DEADLINE } else { DEADLINE };
    let mut response = match tokio::time::timeout(deadline, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::from(Error::TimedOut).into_response(),
    };
    rates.tell(response.headers_mut());
    until_sent(response, permit)
}

fn enter(shared: &Shared, route: &str, method: &Method) -> Result<OwnedSemaphorePermit, Error> {
    if method == Method::POST && WEIGHED.contains(&route) {
        shared.app.check_room()?;
    }
    let permit = shared.room.enter(route)?;
    if writes(route, method) {
        shared.app.check_writes()?;
    }
    Ok(permit)
}

/// Whether a call writes what is not to be written while an operator lets nothing be written.
fn writes(route: &str, method: &Method) -> bool {
    if *method == Method::GET || *method == Method::HEAD {
        route == RECORDED
    } else {
        // What is no route is answered so.
        !route.is_empty() && !WEIGHED.contains(&route) && !NOT_WRITING.contains(&route)
    }
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
    use super::*;

    #[test]
    fn clients_leave_operators_room_and_operators_the_stop_button() {
        let room = Room::default();
        let fill = |route: &str| std::iter::from_fn(|| room.enter(route).ok()).collect::<Vec<_>>();
        let clients = fill("/v1/campaigns/{campaign}/draws");
        let operators = fill("/v1/operator/units/{unit}");
        assert_eq!((clients.len() + RESERVED_MAX, operators.len()), (REQUESTS_MAX - OPERATORS_MAX, OPERATORS_MAX));
        assert!(room.enter("").is_err(), "what is no route is a client's");
        for route in RESERVED {
            assert!(room.enter(route).is_ok(), "{route}");
        }
    }

    #[test]
    fn every_route_that_is_told_apart_is_one() {
        let api = crate::open_api();
        let named = [&RESERVED[..], &NOT_WRITING, &WEIGHED, &STREAMED, &[RECORDED, HEALTH]].concat();
        for route in named {
            assert!(api.paths.paths.contains_key(route), "{route}");
        }
    }

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
