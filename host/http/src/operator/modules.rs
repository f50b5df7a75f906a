use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_app::model;
use tombola_domain::digest::Digest;
use utoipa::ToSchema;

use crate::caller::Viewer;
use crate::page::{Page, PageQuery};
use crate::params::Asked;
use crate::problem::Problem;
use crate::router::Shared;

/// A module without its bytes and without its schema, which `/v1/operator/modules/{digest}` has.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModuleSummary {
    /// SHA-256 of its bytes.
    digest: String,
    name: String,
    version: String,
    summary: String,
    /// The kinds of rules that it holds: `guard`, `branch`.
    kinds: Vec<String>,
    /// In bytes.
    size: u64,
    uploaded_by: String,
    uploaded_at: String,
}

impl From<model::ModuleSummary> for ModuleSummary {
    fn from(module: model::ModuleSummary) -> Self {
        Self {
            digest: module.digest.to_string(),
            name: module.name,
            version: module.version,
            summary: module.summary,
            kinds: module.kinds,
            size: module.size,
            uploaded_by: module.uploaded_by,
            uploaded_at: module.uploaded_at.to_string(),
        }
    }
}

/// All modules, by digest.
#[utoipa::path(
    get,
    path = "/v1/operator/modules",
    tag = "operator",
    params(PageQuery),
    responses((status = 200, body = Page<ModuleSummary>)),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    _: Viewer,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Page<ModuleSummary>>, Problem> {
    const LIST: &str = "modules";
    let (after, limit) = page.after::<Digest>(LIST)?;
    let modules = shared.app.modules(after.as_ref(), limit + 1).await?;
    let modules = modules.into_iter().map(ModuleSummary::from).collect();
    Ok(Json(Page::new(LIST, modules, limit, |module: &ModuleSummary| module.digest.clone())))
}
