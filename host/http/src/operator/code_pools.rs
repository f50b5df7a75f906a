use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_app::model::PoolLevel;
use tombola_domain::id::CodePoolName;
use utoipa::ToSchema;

use crate::caller::Viewer;
use crate::page::{Page, PageQuery};
use crate::params::Asked;
use crate::problem::Problem;
use crate::router::Shared;

/// A pool of coupon codes, by its counts. Its codes are shown nowhere but with the draws that won them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CodePool {
    pool: String,
    /// The pool is low while fewer codes than these are free; 0 is never.
    low_water: u64,
    /// Codes that can be won.
    free: u64,
    /// Codes that were won.
    given: u64,
    /// Codes that expired before anybody won them.
    expired: u64,
    /// Codes that were withdrawn before anybody won them.
    withdrawn: u64,
    /// Whether it is low.
    low: bool,
    /// Whether a draw found it empty.
    sold_out: bool,
    /// Goes up with each change of `sold_out`, each load and each withdrawal; receipts cite it.
    version: u64,
}

impl From<PoolLevel> for CodePool {
    fn from(level: PoolLevel) -> Self {
        let low = level.is_low();
        let PoolLevel { pool, low_water, free, given, expired, withdrawn, mark } = level;
        Self {
            pool: pool.to_string(),
            low_water,
            free,
            given,
            expired,
            withdrawn,
            low,
            sold_out: mark.sold_out,
            version: mark.version,
        }
    }
}

/// All pools of coupon codes, by name.
#[utoipa::path(
    get,
    path = "/v1/operator/code-pools",
    tag = "operator",
    params(PageQuery),
    responses((status = 200, body = Page<CodePool>)),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    _: Viewer,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Page<CodePool>>, Problem> {
    const LIST: &str = "code pools";
    let (after, limit) = page.after::<CodePoolName>(LIST)?;
    let pools = shared.app.code_pools(after.as_ref(), limit + 1).await?;
    let pools = pools.into_iter().map(CodePool::from).collect();
    Ok(Json(Page::new(LIST, pools, limit, |one: &CodePool| one.pool.clone())))
}
