use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Anyone;
use crate::router::Shared;

/// Epochs: spans of draws whose seeds come from one secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Epochs {
    items: Vec<Epoch>,
}

/// What an epoch promised before its first draw.
#[derive(Debug, Serialize, ToSchema)]
struct Epoch {
    epoch: u64,
    /// The hash of its secret; `host/docs/receipts.md` says how it is made.
    commitment: String,
    began_at: String,
}

/// The epochs' commitments. A draw's receipt names its epoch.
#[utoipa::path(
    get,
    path = "/v1/epochs",
    tag = "client",
    responses((status = 200, body = Epochs)),
    security(("token" = ["client", "viewer"])),
)]
pub(crate) async fn handle(State(shared): State<Shared>, _: Anyone) -> Json<Epochs> {
    let epoch = shared.app.epoch();
    let (commitment, began_at) = (epoch.commitment.to_string(), epoch.began_at.to_string());
    Json(Epochs { items: vec![Epoch { epoch: epoch.number, commitment, began_at }] })
}
