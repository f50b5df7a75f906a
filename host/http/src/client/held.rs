use axum::Json;
use axum::extract::State;
use tombola_domain::id::{HoldId, PlayerId};

use super::hold::Hold;
use crate::caller::{Anyone, for_player};
use crate::params::{Address, parse};
use crate::problem::Problem;
use crate::router::Shared;

/// What is set aside of a player's, and how that ended.
#[utoipa::path(
    get,
    path = "/v1/players/{player}/holds/{hold}",
    tag = "client",
    params(("player" = String, Path), ("hold" = String, Path)),
    responses(
        (status = 200, body = Hold),
        (status = 404, description = "The player has no such hold.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["player", "client", "viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Anyone(caller): Anyone,
    Address((player, hold)): Address<(String, String)>,
) -> Result<Json<Hold>, Problem> {
    let player: PlayerId = parse(&player)?;
    let hold: HoldId = parse(&hold)?;
    for_player(&caller, &player)?;
    Ok(Json(Hold::new(&shared.app.hold(&player, &hold).await?, shared.app.clock().now())))
}
