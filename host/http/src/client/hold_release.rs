use axum::Json;
use axum::extract::State;
use tombola_domain::hold::Wish;
use tombola_domain::id::{HoldId, PlayerId};

use super::hold::Hold;
use crate::caller::{Client, all_campaigns};
use crate::observe::to_its_end;
use crate::params::{Address, parse};
use crate::problem::Problem;
use crate::router::Shared;

/// Gives back what a hold set aside, to the lots that it came out of. Doing it again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/players/{player}/holds/{hold}/release",
    tag = "client",
    params(("player" = String, Path), ("hold" = String, Path)),
    responses(
        (status = 200, body = Hold),
        (status = 404, description = "The player has no such hold.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The hold was taken, or has expired.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["client"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Client(caller): Client,
    Address((player, hold)): Address<(String, String)>,
) -> Result<Json<Hold>, Problem> {
    let player: PlayerId = parse(&player)?;
    let hold: HoldId = parse(&hold)?;
    all_campaigns(&caller)?;
    let app = std::sync::Arc::clone(&shared.app);
    let ended = to_its_end("release", async move { app.end_hold(player, hold, Wish::Release).await }).await?;
    Ok(Json(Hold::new(&ended.hold, shared.app.clock().now())))
}
