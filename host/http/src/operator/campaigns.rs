use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_domain::id::CampaignId;
use utoipa::ToSchema;

use crate::caller::Viewer;
use crate::page::{Page, PageQuery};
use crate::params::Asked;
use crate::problem::Problem;
use crate::router::Shared;

/// A campaign in the list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CampaignLine)]
pub(crate) struct Line {
    campaign: String,
    /// The live revision.
    revision: u64,
    /// Its digest.
    digest: String,
    /// Whether it takes no draws for now.
    paused: bool,
    /// Whether this host can serve it.
    ready: bool,
    /// Faults of rules in its draws in the last hour, as far as this host has seen it since it started.
    faults_last_hour: u32,
}

/// All campaigns that were ever published, by name.
#[utoipa::path(
    get,
    path = "/v1/operator/campaigns",
    tag = "operator",
    params(PageQuery),
    responses((status = 200, body = Page<Line>)),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Viewer(caller): Viewer,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Page<Line>>, Problem> {
    const LIST: &str = "campaigns";
    let (after, limit) = page.after::<CampaignId>(LIST)?;
    let lines = shared.app.campaigns(after.as_ref(), |campaign| caller.may_see(campaign), limit as usize + 1);
    let line = |line: tombola_app::campaigns::CampaignLine| Line {
        campaign: line.campaign.to_string(),
        revision: line.revision,
        digest: line.digest.to_string(),
        paused: line.paused,
        ready: line.ready,
        faults_last_hour: line.faults_last_hour,
    };
    Ok(Json(Page::new(LIST, lines.into_iter().map(line).collect(), limit, |line| line.campaign.clone())))
}
