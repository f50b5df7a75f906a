use axum::Json;
use axum::extract::State;
use tombola_domain::id::{CampaignId, PlayerId};

use super::order::Order;
use crate::caller::{Anyone, for_player, in_campaign};
use crate::page::{Page, PageQuery};
use crate::params::{Address, Asked, parse};
use crate::problem::Problem;
use crate::router::Shared;

/// What a player has bought in a campaign, latest first.
#[utoipa::path(
    get,
    path = "/v1/campaigns/{campaign}/players/{player}/orders",
    tag = "client",
    params(("campaign" = String, Path), ("player" = String, Path), PageQuery),
    responses(
        (status = 200, body = Page<Order>),
        (status = 404, description = "No such campaign is published.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["player", "client", "viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Anyone,
    Address((campaign, player)): Address<(String, String)>,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Page<Order>>, Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    let player: PlayerId = parse(&player)?;
    for_player(&in_campaign(caller.0, &campaign)?, &player)?;
    let list = format!("orders of {player} in {campaign}");
    let (before, limit) = page.after(&list)?;
    let orders = shared.app.orders(&campaign, &player, before, limit + 1).await?;
    let items = orders.iter().map(|(number, order)| Order::new(*number, order)).collect();
    Ok(Json(Page::new(&list, items, limit, |order: &Order| order.number.to_string())))
}
