use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_app::model;
use tombola_domain::id::{CampaignId, PlayerId};
use utoipa::ToSchema;

use crate::caller::{Viewer, in_campaign};
use crate::page::{Page, PageQuery};
use crate::params::{Address, Asked, parse};
use crate::problem::Problem;
use crate::router::Shared;

/// Chances that an operator gave.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChanceGrant {
    /// What they are known by among the player's in the campaign: the key under which they were given, behind the name of who did.
    grant: String,
    amount: u64,
    /// When they were given (RFC 3339, UTC).
    granted_at: String,
    /// When they lapse, or lapsed; left out where they never do.
    #[serde(skip_serializing_if = "Option::is_none")]
    lapses_at: Option<String>,
    /// When an operator voided them; left out where nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    voided_at: Option<String>,
    /// How many of them the player had left then, which were taken away; left out likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    taken: Option<u64>,
}

impl From<model::Granted> for ChanceGrant {
    fn from(granted: model::Granted) -> Self {
        Self {
            grant: granted.key.to_string(),
            amount: granted.amount,
            granted_at: granted.at.to_string(),
            lapses_at: granted.lapse.time().map(|at| at.to_string()),
            voided_at: granted.voided_at.map(|at| at.to_string()),
            taken: granted.voided_at.map(|_| granted.taken),
        }
    }
}

/// What operators gave a player in a campaign, by `grant`.
#[utoipa::path(
    get,
    path = "/v1/operator/campaigns/{campaign}/players/{player}/chances",
    tag = "operator",
    params(("campaign" = String, Path), ("player" = String, Path), PageQuery),
    responses(
        (status = 200, body = Page<ChanceGrant>),
        (status = 404, description = "No such campaign is published.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Viewer,
    Address((campaign, player)): Address<(String, String)>,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Page<ChanceGrant>>, Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    let player: PlayerId = parse(&player)?;
    in_campaign(caller.0, &campaign)?;
    let list = format!("chances given to {player} in {campaign}");
    let (after, limit) = page.after(&list)?;
    let grants = shared.app.grants(&campaign, &player, after.as_ref(), limit + 1).await?;
    let grants = grants.into_iter().map(ChanceGrant::from).collect();
    Ok(Json(Page::new(&list, grants, limit, |one: &ChanceGrant| one.grant.clone())))
}
