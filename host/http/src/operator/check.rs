use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_domain::id::CampaignId;
use utoipa::ToSchema;

use crate::body::DocumentBody;
use crate::caller::{Editor, in_campaign};
use crate::params::{Address, parse};
use crate::problem::Problem;
use crate::router::Shared;
use crate::wire::finding::Finding;
use crate::wire::odds::Odds;

/// What is known of a document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Checked {
    /// All findings, errors first.
    findings: Vec<Finding>,
    /// The odds for a new player now; left out where a finding is an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    odds: Option<Odds>,
    /// What each rule reference stands for.
    modules: BTreeMap<String, Module>,
}

/// One exact module.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ModuleUse)]
struct Module {
    version: String,
    digest: String,
}

/// Findings and odds of a document. Nothing is stored.
#[utoipa::path(
    post,
    path = "/v1/operator/campaigns/{campaign}/check",
    tag = "operator",
    params(("campaign" = String, Path)),
    request_body(content = String, content_type = "application/yaml"),
    responses((status = 200, description = "Also where there are findings.", body = Checked)),
    security(("token" = ["editor"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Editor,
    Address(campaign): Address<String>,
    DocumentBody(document): DocumentBody,
) -> Result<Json<Checked>, Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    in_campaign(caller.0, &campaign)?;
    let checked = shared.app.check(&campaign, &document).await?;
    let module = |(reference, module): (String, tombola_app::model::ModuleRef)| {
        (reference, Module { version: module.version, digest: module.digest })
    };
    Ok(Json(Checked {
        findings: checked.findings.into_iter().map(Finding::from).collect(),
        odds: checked.odds.map(Odds::from),
        modules: checked.modules.into_iter().map(module).collect(),
    }))
}
