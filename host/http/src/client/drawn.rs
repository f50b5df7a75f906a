use axum::Json;
use axum::extract::State;
use tombola_audit::wire::Draw;
use tombola_domain::id::DrawId;

use crate::caller::{Anyone, sees_draw};
use crate::params::{Address, parse};
use crate::problem::Problem;
use crate::router::Shared;

/// The outcome of a draw.
#[utoipa::path(
    get,
    path = "/v1/draws/{draw}",
    tag = "client",
    params(("draw" = String, Path)),
    responses(
        (status = 200, body = Draw),
        (status = 404, description = "There is no such draw, or it is of a campaign or player that the token is not for.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["player", "client", "viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Anyone(caller): Anyone,
    Address(draw): Address<String>,
) -> Result<Json<Draw>, Problem> {
    let id: DrawId = parse(&draw)?;
    let draw = shared.app.drawn(&id).await?;
    sees_draw(&caller, &draw)?;
    Ok(Json(draw.into()))
}
