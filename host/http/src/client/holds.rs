use axum::Json;
use axum::extract::State;
use tombola_domain::id::PlayerId;

use super::hold::Hold;
use crate::caller::{Anyone, for_player};
use crate::page::{Page, PageQuery};
use crate::params::{Address, Asked, parse};
use crate::problem::Problem;
use crate::router::Shared;

/// What is and was set aside of a player's, latest first.
#[utoipa::path(
    get,
    path = "/v1/players/{player}/holds",
    tag = "client",
    params(("player" = String, Path), PageQuery),
    responses((status = 200, body = Page<Hold>)),
    security(("token" = ["player", "client", "viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Anyone(caller): Anyone,
    Address(player): Address<String>,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Page<Hold>>, Problem> {
    let player: PlayerId = parse(&player)?;
    for_player(&caller, &player)?;
    let list = format!("holds of {player}");
    let (before, limit) = page.after(&list)?;
    let holds = shared.app.holds(&player, before, limit + 1).await?;
    let now = shared.app.clock().now();
    let items = holds.iter().map(|(number, hold)| Hold::listed(*number, hold, now)).collect();
    Ok(Json(Page::new(&list, items, limit, |hold: &Hold| hold.number.to_string())))
}
