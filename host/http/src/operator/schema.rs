use axum::Json;

/// The JSON Schema of campaign documents, for editors.
#[utoipa::path(
    get,
    path = "/schemas/campaign.json",
    tag = "system",
    responses((status = 200, body = serde_json::Value)),
)]
pub(crate) async fn handle() -> Json<serde_json::Value> {
    Json(tombola_app::model::json_schema())
}
