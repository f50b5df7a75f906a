use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Anyone;
use crate::problem::Problem;
use crate::router::Shared;
use crate::view::{Freshness, Known, View};

/// The keys under this host's receipts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Keys {
    items: Vec<Key>,
}

/// A public key.
#[derive(Debug, Serialize, ToSchema)]
struct Key {
    /// Ed25519, in hexadecimal.
    key: String,
    /// When it was first used.
    since: String,
}

/// The public keys with which this host signs and signed receipts, earliest first. Keep a copy: a key that comes with the receipts that it
/// is to prove proves nothing.
#[utoipa::path(
    get,
    path = "/v1/keys",
    tag = "client",
    params(("If-None-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = Keys),
        (status = 304, description = "It is what `If-None-Match` names."),
    ),
    security(("token" = ["player", "client", "viewer"])),
)]
pub(crate) async fn handle(State(shared): State<Shared>, _: Anyone, known: Known) -> Result<Response, Problem> {
    let keys = shared.app.signing_keys().await?;
    let items = keys.into_iter().map(|(key, since)| Key { key: key.to_string(), since: since.to_string() });
    Ok(known.answer(View::new(Freshness::Live, &Keys { items: items.collect() })))
}
