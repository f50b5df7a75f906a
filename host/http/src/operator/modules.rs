use axum::Json;
use axum::extract::State;
use tombola_domain::digest::Digest;

use super::module::Module;
use crate::caller::Viewer;
use crate::page::{Page, PageQuery};
use crate::params::Asked;
use crate::problem::Problem;
use crate::router::Shared;

/// All modules, by digest.
#[utoipa::path(
    get,
    path = "/v1/operator/modules",
    tag = "operator",
    params(PageQuery),
    responses((status = 200, body = Page<Module>)),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    _: Viewer,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Page<Module>>, Problem> {
    const LIST: &str = "modules";
    let (after, limit) = page.after::<Digest>(LIST)?;
    let modules = shared.app.modules(after.as_ref(), limit + 1).await?;
    let modules = modules.into_iter().map(Module::from).collect();
    Ok(Json(Page::new(LIST, modules, limit, |module: &Module| module.digest.clone())))
}
