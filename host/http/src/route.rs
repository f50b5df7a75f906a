//! A hint by which a balancer may keep a player on one host, where what they ask at once is decided in turn rather than twice.

use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponseParts, ResponseParts};
use tombola_domain::id::PlayerId;

/// As the API's description names it.
pub(crate) const HEADER: &str = "Tombola-Route";

const ROUTE: HeaderName = HeaderName::from_static("tombola-route");

/// The player's bucket, which names nobody: whoever sends it back with the player's next request lets a balancer know that it is of the
/// same one. The host itself heeds none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route(u16);

impl Route {
    pub(crate) fn of(player: &PlayerId) -> Self {
        Self(player.bucket())
    }
}

impl IntoResponseParts for Route {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Self::Error> {
        response.headers_mut().insert(ROUTE, HeaderValue::from(self.0));
        Ok(response)
    }
}
