use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tombola_app::odds::OddsRequest;
use tombola_domain::id::CampaignId;
use utoipa::ToSchema;

use crate::body::JsonBody;
use crate::caller::{Viewer, in_campaign};
use crate::params::{Address, parse};
use crate::problem::Problem;
use crate::router::Shared;
use crate::wire::fact::Fact;
use crate::wire::odds::Odds;

/// Under what odds are asked for. What is left out is as for a new player now.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = OddsQuestion)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// Facts by name, such as `player.draws.total`.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, serde_json::Value>)]
    facts: BTreeMap<String, Fact>,
    /// Prizes that are taken for sold out.
    #[serde(default)]
    sold_out: Vec<String>,
}

/// Odds of the live revision.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OddsAnswer)]
pub(crate) struct Answer {
    /// The live revision.
    revision: u64,
    #[serde(flatten)]
    odds: Odds,
}

/// Declared and effective odds of the live revision.
#[utoipa::path(
    post,
    path = "/v1/operator/campaigns/{campaign}/odds",
    tag = "operator",
    params(("campaign" = String, Path)),
    request_body = Body,
    responses(
        (status = 200, body = Answer),
        (status = 404, description = "No such campaign is published.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A fact or a prize can't be used, or there are too many ways to tell the odds exactly.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Viewer,
    Address(campaign): Address<String>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Json<Answer>, Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    in_campaign(caller.0, &campaign)?;
    let facts = body.facts.into_iter().map(|(name, fact)| (name, fact.into())).collect();
    let (revision, odds) = shared.app.odds(&campaign, &OddsRequest { facts, sold_out: body.sold_out }).await?;
    Ok(Json(Answer { revision, odds: odds.into() }))
}
