use axum::extract::State;

use super::pause::{Body, Pause, set};
use crate::body::JsonBody;
use crate::caller::Publisher;
use crate::once::Once;
use crate::params::{Address, Key};
use crate::problem::Problem;
use crate::router::Shared;

/// Lets a paused campaign take draws again. Every draw that begins after the answer is made.
#[utoipa::path(
    post,
    path = "/v1/operator/campaigns/{campaign}/resume",
    tag = "operator",
    params(("campaign" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Body,
    responses(
        (status = 200, description = "Not paused; `changed` is false where it was so before.", body = Pause),
        (status = 404, description = "No such campaign is published.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["publisher"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Publisher,
    Address(campaign): Address<String>,
    Key(key): Key,
    JsonBody(body): JsonBody<Body>,
) -> Result<Once<Pause>, Problem> {
    set(&shared, caller, &campaign, Key(key), &body, false).await
}
