use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_app::model;
use tombola_domain::digest::Digest;
use utoipa::ToSchema;

use crate::caller::Viewer;
use crate::params::{Address, parse};
use crate::problem::Problem;
use crate::router::Shared;

/// Faults of a module.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Faults {
    /// The latest hundred, latest first.
    items: Vec<Fault>,
}

/// One run of a rule that gave no answer.
#[derive(Debug, Serialize, ToSchema)]
struct Fault {
    /// When (RFC 3339, UTC).
    at: String,
    campaign: String,
    /// Left out for a document that is not published.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    /// As in `guards/banned` or `trees/default/lock`.
    node: String,
    /// What it ran in: `draw`, `odds`, `check` or `try`.
    origin: String,
    /// `trap`, `fuel`, `memory`, `stack`, `refused` or `undeclared` are the rule's own; `unavailable` is this host's.
    kind: String,
    /// What happened, with the functions of the module that it happened in, innermost first. Names are as the module has them.
    message: String,
    /// The facts that the rule saw, by name. Long texts are cut.
    facts: serde_json::Value,
}

impl From<model::Fault> for Fault {
    fn from(fault: model::Fault) -> Self {
        Self {
            at: fault.at.to_string(),
            campaign: fault.campaign.to_string(),
            revision: fault.revision,
            node: fault.node,
            origin: fault.origin,
            kind: fault.kind,
            message: fault.message,
            facts: serde_json::from_str(&fault.facts).unwrap_or_default(),
        }
    }
}

/// The last 100 faults of a module, in draws and in whatever else its rules run in.
#[utoipa::path(
    get,
    path = "/v1/operator/modules/{digest}/faults",
    tag = "operator",
    params(("digest" = String, Path)),
    responses(
        (status = 200, description = "In the campaigns that the token is for.", body = Faults),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Viewer(caller): Viewer,
    Address(digest): Address<String>,
) -> Result<Json<Faults>, Problem> {
    let digest: Digest = parse(&digest)?;
    let faults = shared.app.faults(&digest, &caller.campaigns).await?;
    Ok(Json(Faults { items: faults.into_iter().map(Fault::from).collect() }))
}
