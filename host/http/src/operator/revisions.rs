use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_domain::id::CampaignId;
use utoipa::ToSchema;

use crate::caller::{Viewer, in_campaign};
use crate::page::{Page, PageQuery};
use crate::params::{Address, Asked, parse};
use crate::problem::Problem;
use crate::router::Shared;

/// A revision in the list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RevisionLine)]
pub(crate) struct Line {
    revision: u64,
    digest: String,
    published_by: String,
    published_at: String,
    /// Whether draws run on it.
    live: bool,
}

/// The revisions of a campaign, latest first.
#[utoipa::path(
    get,
    path = "/v1/operator/campaigns/{campaign}/revisions",
    tag = "operator",
    params(("campaign" = String, Path), PageQuery),
    responses((status = 200, body = Page<Line>)),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Viewer,
    Address(campaign): Address<String>,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Page<Line>>, Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    in_campaign(caller.0, &campaign)?;
    let list = format!("revisions of {campaign}");
    let (before, limit) = page.after(&list)?;
    let revisions = shared.app.revisions(&campaign, before, limit + 1).await?;
    let line = |revision: tombola_app::model::RevisionSummary| Line {
        revision: revision.number,
        digest: revision.digest.to_string(),
        published_by: revision.published_by,
        published_at: revision.published_at.to_string(),
        live: revision.live,
    };
    Ok(Json(Page::new(&list, revisions.into_iter().map(line).collect(), limit, |line| line.revision.to_string())))
}
