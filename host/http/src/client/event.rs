use axum::Json;
use axum::extract::State;
use tombola_domain::id::{EventId, PlayerId};

use crate::caller::{Anyone, for_player};
use crate::params::{Address, parse};
use crate::problem::Problem;
use crate::router::Shared;
use crate::wire::event::Event;

/// An event of a player's, and what became of it in the token's campaigns.
#[utoipa::path(
    get,
    path = "/v1/players/{player}/events/{event}",
    tag = "client",
    params(("player" = String, Path), ("event" = String, Path)),
    responses(
        (status = 200, body = Event),
        (status = 404, description = "There is no such event, or it went to none of the token's campaigns.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["player", "client", "viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Anyone(caller): Anyone,
    Address((player, event)): Address<(String, String)>,
) -> Result<Json<Event>, Problem> {
    let player: PlayerId = parse(&player)?;
    let event: EventId = parse(&event)?;
    for_player(&caller, &player)?;
    Ok(Json((&shared.app.event(&player, &event, &caller.campaigns).await?).into()))
}
