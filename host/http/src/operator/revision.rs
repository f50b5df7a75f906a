use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_domain::id::CampaignId;
use utoipa::ToSchema;

use crate::caller::{Viewer, in_campaign};
use crate::params::{Address, number, parse};
use crate::problem::Problem;
use crate::router::Shared;

/// One revision, whole.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Revision {
    campaign: String,
    revision: u64,
    digest: String,
    published_by: String,
    published_at: String,
    /// The canonical text, over which the digest is: the document, and the modules of its rules.
    canonical: String,
}

/// One revision with its document.
#[utoipa::path(
    get,
    path = "/v1/operator/campaigns/{campaign}/revisions/{revision}",
    tag = "operator",
    params(("campaign" = String, Path), ("revision" = u64, Path)),
    responses(
        (status = 200, body = Revision),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Viewer,
    Address((campaign, revision)): Address<(String, String)>,
) -> Result<Json<Revision>, Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    in_campaign(caller.0, &campaign)?;
    let revision = number("a revision's number", &revision)?;
    let revision = shared.app.revision(&campaign, revision).await?;
    Ok(Json(Revision {
        campaign: revision.campaign.to_string(),
        revision: revision.number,
        digest: revision.digest.to_string(),
        published_by: revision.published_by,
        published_at: revision.published_at.to_string(),
        canonical: revision.document,
    }))
}
