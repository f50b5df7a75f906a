use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_domain::id::{CampaignId, UnitName};
use utoipa::ToSchema;

use crate::caller::{Viewer, in_campaign};
use crate::params::{Address, parse};
use crate::problem::Problem;
use crate::router::Shared;

/// What a campaign may still give away.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Budget {
    items: Vec<Left>,
}

/// Of one unit.
#[derive(Debug, Serialize, ToSchema)]
struct Left {
    unit: String,
    left: i64,
}

impl Budget {
    pub(super) fn new(left: Vec<(UnitName, i64)>) -> Self {
        Self { items: left.into_iter().map(|(unit, left)| Left { unit: unit.to_string(), left }).collect() }
    }
}

/// What a campaign may still give away, by unit.
#[utoipa::path(
    get,
    path = "/v1/operator/campaigns/{campaign}/budget",
    tag = "operator",
    params(("campaign" = String, Path)),
    responses((status = 200, body = Budget)),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Viewer,
    Address(campaign): Address<String>,
) -> Result<Json<Budget>, Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    in_campaign(caller.0, &campaign)?;
    Ok(Json(Budget::new(shared.app.budgets(&campaign).await?)))
}
