use axum::extract::State;
use serde::Serialize;
use tombola_app::publish::{Change, Published as AppPublished};
use tombola_domain::id::CampaignId;
use utoipa::ToSchema;

use crate::body::DocumentBody;
use crate::caller::{Publisher, in_campaign};
use crate::observe::to_its_end;
use crate::once::{Created, created};
use crate::params::{Address, Asked, Key, StartsFrom, parse};
use crate::problem::Problem;
use crate::reason::ReasonQuery;
use crate::router::Shared;
use crate::wire::finding::Finding;

/// A revision that is live.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Published {
    campaign: String,
    revision: u64,
    digest: String,
    /// Warnings.
    findings: Vec<Finding>,
}

impl Published {
    pub(crate) fn new(campaign: &CampaignId, published: AppPublished) -> Self {
        Self {
            campaign: campaign.to_string(),
            revision: published.revision,
            digest: published.digest.to_string(),
            findings: published.findings.into_iter().map(Finding::from).collect(),
        }
    }
}

/// Publishes a document. Every draw that begins after the answer runs on it.
#[utoipa::path(
    post,
    path = "/v1/operator/campaigns/{campaign}/revisions",
    tag = "operator",
    params(("campaign" = String, Path), ("Idempotency-Key" = String, Header), ("If-Match" = Option<String>, Header), ReasonQuery),
    request_body(content = String, content_type = "application/yaml"),
    responses(
        (status = 201, description = "Live.", body = Published),
        (status = 200, description = "An earlier request with this key published it; the warnings are those that it was answered.", body = Published),
        (status = 412, description = "Another revision is live than `If-Match` names.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Findings keep it from being published.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["publisher"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Publisher,
    Address(campaign): Address<String>,
    Key(key): Key,
    StartsFrom(expected_live): StartsFrom,
    Asked(reason): Asked<ReasonQuery>,
    DocumentBody(document): DocumentBody,
) -> Result<Created<Published>, Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    let intent = in_campaign(caller.0, &campaign)?.intent(key, reason.read()?);
    let change = Change { intent, campaign: campaign.clone(), expected_live };
    // On a task of its own: what the store has activated must be taken up also when the operator hangs up.
    let app = std::sync::Arc::clone(&shared.app);
    let published = to_its_end("activation", async move { app.publish(change, &document).await }).await?;
    Ok(created(published.replayed, Published::new(&campaign, published)))
}
