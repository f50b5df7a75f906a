use axum::Json;
use axum::extract::State;
use tombola_app::App;
use tombola_app::model::KnownEvent;
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
    let known = shared.app.event(&player, &event, &caller.campaigns).await?;
    Ok(Json(shown(&shared.app, &known).await?))
}

/// An event with how far is what it won.
pub(super) async fn shown(app: &App, known: &KnownEvent) -> Result<Event, Problem> {
    Ok(Event::new(known, &app.awards_of_event(known).await?))
}
