use axum::Json;
use axum::extract::State;
use tombola_domain::id::ListName;

use super::lists::List;
use crate::caller::Viewer;
use crate::params::{Address, parse};
use crate::problem::Problem;
use crate::router::Shared;

/// One list, by its digest rather than its members.
#[utoipa::path(
    get,
    path = "/v1/operator/lists/{list}",
    tag = "operator",
    params(("list" = String, Path)),
    responses(
        (status = 200, body = List),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    _: Viewer,
    Address(list): Address<String>,
) -> Result<Json<List>, Problem> {
    let list: ListName = parse(&list)?;
    Ok(Json(List::new(&list, shared.app.list(&list).await?)))
}
