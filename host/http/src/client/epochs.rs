use axum::Json;
use axum::extract::State;

use crate::caller::Anyone;
use crate::page::{Page, PageQuery};
use crate::params::Asked;
use crate::problem::Problem;
use crate::router::Shared;
use crate::wire::epoch::Epoch;

/// The epochs' commitments, latest first, and the secrets of those that are over. A draw's receipt names its epoch.
#[utoipa::path(
    get,
    path = "/v1/epochs",
    tag = "client",
    params(PageQuery),
    responses((status = 200, body = Page<Epoch>)),
    security(("token" = ["player", "client", "viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    _: Anyone,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Page<Epoch>>, Problem> {
    let (before, limit) = page.after()?;
    let epochs = shared.app.epochs(before, limit + 1).await?;
    Ok(Json(Page::new(epochs.into_iter().map(Epoch::from).collect(), limit, |epoch| epoch.epoch.to_string())))
}
