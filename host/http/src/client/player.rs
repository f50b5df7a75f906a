use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_domain::id::{CampaignId, PlayerId};
use tombola_domain::time::Timestamp;
use utoipa::ToSchema;

use crate::caller::{Anyone, for_player, in_campaign};
use crate::page::{Page, PageQuery};
use crate::params::{Address, Asked, parse};
use crate::problem::Problem;
use crate::route::Route;
use crate::router::Shared;
use crate::wire::award::DrawnView;
use crate::wire::lock::Lock;

/// A player in a campaign.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Player {
    player: String,
    campaign: String,
    /// How many more draws could be made now; left out where there is no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    draws_left: Option<u64>,
    /// Chances left; left out where the campaign does not count them.
    #[serde(skip_serializing_if = "Option::is_none")]
    chances: Option<u64>,
    /// What of the chances lapses when, soonest first: they are used in this order, and before all that never do. Left out where nothing
    /// lapses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    chances_lapsing: Vec<ChanceLot>,
    /// Draws made, by span.
    made: Made,
    /// The latest draws, latest first, each with how far what it won is.
    draws: Page<DrawnView>,
    /// The latest refusal, for support.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_refusal: Option<Refusal>,
    /// Prizes of the pool that they would draw from which they would not be handed if they drew them now, whatever is left of them,
    /// at most 100. Attributes that a draw may carry are taken at their defaults. Left out where the host could not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    locked: Option<Vec<Lock>>,
    /// Whether `locked` is not all.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    locked_incomplete: bool,
}

/// Chances that lapse at one time.
#[derive(Debug, Serialize, ToSchema)]
struct ChanceLot {
    amount: u64,
    /// RFC 3339, UTC.
    lapses_at: String,
}

/// Draws made.
#[derive(Debug, Serialize, ToSchema)]
struct Made {
    total: u64,
    month: u64,
    day: u64,
}

/// A refusal.
#[derive(Debug, Serialize, ToSchema)]
struct Refusal {
    code: String,
    at: String,
}

impl From<(Timestamp, u64)> for ChanceLot {
    fn from((lapse, amount): (Timestamp, u64)) -> Self {
        Self { amount, lapses_at: lapse.to_string() }
    }
}

/// A player's chances and draws in a campaign.
#[utoipa::path(
    get,
    path = "/v1/campaigns/{campaign}/players/{player}",
    tag = "client",
    params(("campaign" = String, Path), ("player" = String, Path), PageQuery),
    responses(
        (status = 200, description = "Also for a player who has not taken part yet.", body = Player),
        (status = 404, description = "No such campaign is published.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["player", "client", "viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Anyone,
    Address((campaign, player)): Address<(String, String)>,
    Asked(page): Asked<PageQuery>,
) -> Result<(Route, Json<Player>), Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    let player: PlayerId = parse(&player)?;
    for_player(&in_campaign(caller.0, &campaign)?, &player)?;
    let list = format!("draws of {player} in {campaign}");
    let (before, limit) = page.after(&list)?;
    let view = shared.app.player(&campaign, &player, before, limit + 1).await?;
    let locked_incomplete = view.locks.as_ref().is_some_and(|locks| !locks.is_complete);
    let ids: Vec<_> = view.draws.iter().map(|draw| draw.id.clone()).collect();
    let draws = DrawnView::all(view.draws, &shared.app.awards_of(&ids).await?);
    let ordinal = |drawn: &DrawnView| drawn.draw.ordinal.unwrap_or_default().to_string();
    let body = Player {
        player: player.to_string(),
        campaign: campaign.to_string(),
        draws_left: view.draws_left,
        chances: view.participation.chances.left(),
        chances_lapsing: view.lots.into_iter().map(ChanceLot::from).collect(),
        made: Made { total: view.participation.draws, month: view.draws_this_month, day: view.draws_today },
        draws: Page::new(&list, draws, limit, ordinal),
        last_refusal: view.refusal.map(|refusal| Refusal { code: refusal.code, at: refusal.at.to_string() }),
        locked: view.locks.map(|locks| locks.locks.into_iter().map(Lock::from).collect()),
        locked_incomplete,
    };
    Ok((Route::of(&player), Json(body)))
}
