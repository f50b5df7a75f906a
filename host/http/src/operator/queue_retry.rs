use axum::extract::State;
use serde::Deserialize;
use tombola_domain::task::Queue;
use utoipa::ToSchema;

use super::destination_retry::{Body, Retried};
use crate::body::JsonBody;
use crate::caller::{Editor, all_campaigns};
use crate::once::{Once, once};
use crate::params::{Address, Key};
use crate::problem::Problem;
use crate::reason;
use crate::router::Shared;

/// Which of the host's own queues.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Name {
    /// Awards of points.
    Points,
    /// Awards of chances.
    Chances,
    /// What events gave to referrers.
    Referrals,
}

impl From<Name> for Queue {
    fn from(name: Name) -> Self {
        match name {
            Name::Points => Self::Points,
            Name::Chances => Self::Chances,
            Name::Referrals => Self::Referrals,
        }
    }
}

/// Has tried again what the host could not hand over itself and gave up, the oldest 1,000.
#[utoipa::path(
    post,
    path = "/v1/operator/queues/{queue}/retry",
    tag = "operator",
    params(("queue" = Name, Path), ("Idempotency-Key" = String, Header)),
    request_body = Body,
    responses((status = 200, body = Retried)),
    security(("token" = ["editor"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Editor(caller): Editor,
    Address(queue): Address<Name>,
    Key(key): Key,
    JsonBody(body): JsonBody<Body>,
) -> Result<Once<Retried>, Problem> {
    all_campaigns(&caller)?;
    let intent = caller.intent(key, reason::of_body(&body.reason)?);
    Ok(once(shared.app.retry_queue(intent, queue.into()).await?, Retried::from))
}
