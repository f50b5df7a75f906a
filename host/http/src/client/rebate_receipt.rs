use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_audit::wire::RebateReceipt;
use tombola_domain::id::RebateId;
use utoipa::ToSchema;

use crate::caller::{Anyone, sees_rebate};
use crate::params::{Address, parse};
use crate::problem::Problem;
use crate::router::Shared;
use crate::wire::event::Rebate;

/// What a campaign gave for an event, and its receipt.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Receipt {
    campaign: String,
    #[serde(flatten)]
    rebate: Rebate,
    #[serde(flatten)]
    proof: RebateReceipt,
}

/// The receipt of what a campaign gave for an event.
#[utoipa::path(
    get,
    path = "/v1/rebates/{rebate}/receipt",
    tag = "client",
    params(("rebate" = String, Path)),
    responses(
        (status = 200, body = Receipt),
        (status = 404, description = "There is no such rebate, or it is of a campaign or player that the token is not for.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["player", "client", "viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Anyone(caller): Anyone,
    Address(rebate): Address<String>,
) -> Result<Json<Receipt>, Problem> {
    let rebate: RebateId = parse(&rebate)?;
    let stored = shared.app.rebate_receipt(&rebate).await?;
    sees_rebate(&caller, &stored.rebate)?;
    let (campaign, rebate) = (stored.rebate.campaign.to_string(), Rebate::from(&stored.rebate));
    Ok(Json(Receipt { campaign, rebate, proof: stored.into() }))
}
