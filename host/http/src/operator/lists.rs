use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_app::model::ListState;
use tombola_domain::id::ListName;
use utoipa::ToSchema;

use crate::caller::Viewer;
use crate::page::{Page, PageQuery};
use crate::params::Asked;
use crate::problem::Problem;
use crate::router::Shared;

/// A list of players.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List {
    pub(crate) list: String,
    /// Goes up by one with each change of who stands on it.
    pub(crate) version: u64,
    /// How many players stand on it.
    pub(crate) size: u64,
    /// Of the content, whatever the changes that led to it; `tombola list digest` computes it from a file.
    pub(crate) digest: String,
}

impl List {
    pub(crate) fn new(list: &ListName, state: ListState) -> Self {
        let ListState { version, size, digest } = state;
        Self { list: list.to_string(), version, size, digest: digest.to_string() }
    }
}

/// All lists, by name.
#[utoipa::path(
    get,
    path = "/v1/operator/lists",
    tag = "operator",
    params(PageQuery),
    responses((status = 200, body = Page<List>)),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    _: Viewer,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Page<List>>, Problem> {
    const LIST: &str = "lists";
    let (after, limit) = page.after::<ListName>(LIST)?;
    let lists = shared.app.lists(after.as_ref(), limit + 1).await?;
    let lists = lists.into_iter().map(|(list, state)| List::new(&list, state));
    Ok(Json(Page::new(LIST, lists.collect(), limit, |list| list.list.clone())))
}
