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

/// A module without its bytes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Module {
    /// SHA-256 of its bytes.
    digest: String,
    name: String,
    version: String,
    summary: String,
    /// The kinds of rules that it holds: `guard`, `branch`.
    kinds: Vec<String>,
    /// The JSON Schema of its config.
    #[serde(skip_serializing_if = "Option::is_none")]
    config_schema: Option<serde_json::Value>,
    /// In bytes.
    size: u64,
    uploaded_by: String,
    uploaded_at: String,
}

impl From<model::Module> for Module {
    fn from(module: model::Module) -> Self {
        Self {
            digest: module.digest.to_string(),
            name: module.name,
            version: module.version,
            summary: module.summary,
            kinds: module.kinds,
            config_schema: module.config_schema.and_then(|schema| serde_json::from_str(&schema).ok()),
            size: module.size,
            uploaded_by: module.uploaded_by,
            uploaded_at: module.uploaded_at.to_string(),
        }
    }
}

/// One module.
#[utoipa::path(
    get,
    path = "/v1/operator/modules/{digest}",
    tag = "operator",
    params(("digest" = String, Path)),
    responses(
        (status = 200, body = Module),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    _: Viewer,
    Address(digest): Address<String>,
) -> Result<Json<Module>, Problem> {
    let digest: Digest = parse(&digest)?;
    Ok(Json(shared.app.module(&digest).await?.into()))
}
