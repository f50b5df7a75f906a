use axum::Json;
use axum::extract::State;
use tombola_domain::id::{CampaignId, PlayerId};

use crate::caller::{Anyone, for_player, in_campaign};
use crate::page::{Page, PageQuery};
use crate::params::{Address, Asked, parse};
use crate::problem::Problem;
use crate::router::Shared;
use crate::wire::award::EventAward;

/// What a player won by events in a campaign, latest first: by their own, and by those of whom they brought.
#[utoipa::path(
    get,
    path = "/v1/campaigns/{campaign}/players/{player}/awards",
    tag = "client",
    params(("campaign" = String, Path), ("player" = String, Path), PageQuery),
    responses(
        (status = 200, body = Page<EventAward>),
        (status = 404, description = "No such campaign is published.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["player", "client", "viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Anyone,
    Address((campaign, player)): Address<(String, String)>,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Page<EventAward>>, Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    let player: PlayerId = parse(&player)?;
    for_player(&in_campaign(caller.0, &campaign)?, &player)?;
    let list = format!("awards of {player} in {campaign}");
    let (before, limit) = page.after(&list)?;
    let mut won = shared.app.won_by_events(&campaign, &player, before, limit + 1).await?;
    let is_more = won.len() > limit as usize;
    won.truncate(limit as usize);
    let next = won.last().filter(|_| is_more).map(|won| won.history.award.position.to_string());
    Ok(Json(Page::going_on(&list, won.iter().map(EventAward::from).collect(), next.as_deref())))
}
