use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tombola_app::publish::Change;
use tombola_domain::id::CampaignId;
use utoipa::ToSchema;

use super::publish::Published;
use crate::body::JsonBody;
use crate::caller::{Publisher, in_campaign};
use crate::observe::to_its_end;
use crate::once::{Once, Replayed};
use crate::params::{Address, Key, StartsFrom, parse};
use crate::problem::Problem;
use crate::reason;
use crate::router::Shared;

/// Where to go back to.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RollbackWish)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// The number of a revision.
    to: u64,
    /// Why, for the record: one line of up to 500 bytes.
    #[serde(default)]
    reason: String,
}

/// Makes an earlier revision live again, with the modules that it had. Stock, counters and chances stay as they are.
#[utoipa::path(
    post,
    path = "/v1/operator/campaigns/{campaign}/rollback",
    tag = "operator",
    params(("campaign" = String, Path), ("Idempotency-Key" = String, Header), ("If-Match" = Option<String>, Header)),
    request_body = Body,
    responses(
        (status = 200, description = "Live.", body = Published),
        (status = 404, description = "There is no such revision.", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Another revision is live than `If-Match` names.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["publisher"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Publisher,
    Address(campaign): Address<String>,
    Key(key): Key,
    StartsFrom(expected_live): StartsFrom,
    JsonBody(body): JsonBody<Body>,
) -> Result<Once<Published>, Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    let intent = in_campaign(caller.0, &campaign)?.intent(key, reason::of_body(&body.reason)?);
    let change = Change { intent, campaign: campaign.clone(), expected_live };
    let app = std::sync::Arc::clone(&shared.app);
    let published = to_its_end("activation", async move { app.rollback(change, body.to).await }).await?;
    Ok((Replayed(published.replayed), Json(Published::new(&campaign, published))))
}
