use std::sync::LazyLock;

use axum::response::Response;

use crate::view::{Freshness, Known, View};

/// The JSON Schema of campaign documents, for editors.
#[utoipa::path(
    get,
    path = "/schemas/campaign.json",
    tag = "system",
    params(("If-None-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = serde_json::Value),
        (status = 304, description = "It is what `If-None-Match` names."),
    ),
)]
pub(crate) async fn handle(known: Known) -> Response {
    static VIEW: LazyLock<View> =
        LazyLock::new(|| View::new(Freshness::Description, &tombola_app::model::json_schema()));
    known.answer(VIEW.clone())
}
