use axum::extract::State;
use serde::{Deserialize, Serialize};
use tombola_app::model::Revived;
use tombola_domain::id::DestinationName;
use utoipa::ToSchema;

use crate::body::JsonBody;
use crate::caller::{Editor, all_campaigns};
use crate::once::{Once, once};
use crate::params::{Address, Key, parse};
use crate::problem::Problem;
use crate::reason;
use crate::router::Shared;

/// Why awards are to be tried again.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RetryWish)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// For the record: one line of up to 500 bytes.
    #[serde(default)]
    pub(super) reason: String,
}

/// Awards that are tried again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Retried {
    /// How many are pending again.
    retried: u64,
    /// How many are left, counted up to 100,000: ask again under another key.
    left: u64,
}

impl From<Revived> for Retried {
    fn from(revived: Revived) -> Self {
        Self { retried: revived.revived, left: revived.left }
    }
}

/// Has awards tried again that a destination could not be told of, the oldest 1,000.
#[utoipa::path(
    post,
    path = "/v1/operator/destinations/{destination}/retry",
    tag = "operator",
    params(("destination" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Body,
    responses(
        (status = 200, body = Retried),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["editor"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Editor(caller): Editor,
    Address(destination): Address<String>,
    Key(key): Key,
    JsonBody(body): JsonBody<Body>,
) -> Result<Once<Retried>, Problem> {
    let name: DestinationName = parse(&destination)?;
    all_campaigns(&caller)?;
    let intent = caller.intent(key, reason::of_body(&body.reason)?);
    Ok(once(shared.app.retry_destination(intent, &name).await?, Retried::from))
}
