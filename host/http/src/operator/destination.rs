use axum::Json;
use axum::extract::State;

use super::destinations::Destination;
use crate::caller::Viewer;
use crate::params::{Address, parse};
use crate::problem::Problem;
use crate::router::Shared;

/// One destination of webhooks, and what waits for it.
#[utoipa::path(
    get,
    path = "/v1/operator/destinations/{destination}",
    tag = "operator",
    params(("destination" = String, Path)),
    responses(
        (status = 200, body = Destination),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    _: Viewer,
    Address(destination): Address<String>,
) -> Result<Json<Destination>, Problem> {
    Ok(Json(shared.app.destination(&parse(&destination)?).await?.into()))
}
