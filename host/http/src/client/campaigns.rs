use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use tombola_app::campaigns::OpenCampaign;
use tombola_domain::id::CampaignId;
use utoipa::ToSchema;

use crate::caller::Anyone;
use crate::page::{Page, PageQuery};
use crate::params::Asked;
use crate::problem::Problem;
use crate::router::Shared;
use crate::view::{Freshness, Known, View};

/// A campaign in which players can draw, unless it is paused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OpenCampaign)]
pub(crate) struct Line {
    campaign: String,
    title: String,
    opens: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    closes: Option<String>,
    /// The live revision.
    revision: u64,
    /// Its digest.
    digest: String,
    /// Whether it takes no draws for now.
    paused: bool,
}

impl From<OpenCampaign> for Line {
    fn from(open: OpenCampaign) -> Self {
        Self {
            campaign: open.campaign.to_string(),
            title: open.title,
            opens: open.opens.to_string(),
            closes: open.closes.map(|closes| closes.to_string()),
            revision: open.revision,
            digest: open.digest.to_string(),
            paused: open.paused,
        }
    }
}

/// The campaigns that are open now, by name.
#[utoipa::path(
    get,
    path = "/v1/campaigns",
    tag = "client",
    params(PageQuery, ("If-None-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = Page<Line>),
        (status = 304, description = "It is what `If-None-Match` names."),
    ),
    security(("token" = ["player", "client", "viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Anyone(caller): Anyone,
    Asked(page): Asked<PageQuery>,
    known: Known,
) -> Result<Response, Problem> {
    const LIST: &str = "open campaigns";
    let (after, limit) = page.after::<CampaignId>(LIST)?;
    let open = shared.app.open_campaigns(after.as_ref(), |campaign| caller.may_see(campaign), limit as usize + 1);
    let lines = open.into_iter().map(Line::from).collect();
    let page = Page::new(LIST, lines, limit, |line: &Line| line.campaign.clone());
    Ok(known.answer(View::new(Freshness::Live, &page)))
}
