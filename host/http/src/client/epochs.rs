use axum::extract::State;
use axum::response::Response;

use crate::caller::Anyone;
use crate::page::{Page, PageQuery};
use crate::params::Asked;
use crate::problem::Problem;
use crate::router::Shared;
use crate::view::{Freshness, Known, View};
use crate::wire::epoch::Epoch;

/// The epochs' commitments, latest first, and the secrets of those that are over. A draw's receipt names its epoch.
#[utoipa::path(
    get,
    path = "/v1/epochs",
    tag = "client",
    params(PageQuery, ("If-None-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = Page<Epoch>),
        (status = 304, description = "It is what `If-None-Match` names."),
    ),
    security(("token" = ["player", "client", "viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    _: Anyone,
    Asked(page): Asked<PageQuery>,
    known: Known,
) -> Result<Response, Problem> {
    const LIST: &str = "epochs";
    let (before, limit) = page.after(LIST)?;
    let epochs = shared.app.epochs(before, limit + 1).await?;
    let epochs = epochs.into_iter().map(Epoch::from).collect();
    let page = Page::new(LIST, epochs, limit, |epoch: &Epoch| epoch.epoch.to_string());
    Ok(known.answer(View::new(Freshness::Live, &page)))
}
