use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::{Publisher, all_campaigns};
use crate::observe::to_its_end;
use crate::once::{Created, created};
use crate::params::{Asked, Key};
use crate::problem::Problem;
use crate::reason::ReasonQuery;
use crate::router::Shared;
use crate::wire::epoch::Epoch;

/// A rotation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rotated {
    /// What draws belong to from now on.
    current: Epoch,
    /// What they belonged to, with its secret.
    ended: Epoch,
}

/// Ends the epoch and shows its secret; begins the one that was announced, and announces another. No draw of the ended epoch can commit
/// after the answer.
#[utoipa::path(
    post,
    path = "/v1/operator/epochs",
    tag = "operator",
    params(("Idempotency-Key" = String, Header), ReasonQuery),
    responses(
        (status = 201, description = "Rotated.", body = Rotated),
        (status = 200, description = "An earlier request with this key did it.", body = Rotated),
        (status = 409, description = "Another rotation came first.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["publisher"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Publisher(caller): Publisher,
    Key(key): Key,
    Asked(reason): Asked<ReasonQuery>,
) -> Result<Created<Rotated>, Problem> {
    all_campaigns(&caller)?;
    // On a task of its own: what the store has activated must be taken up also when the operator hangs up.
    let intent = caller.intent(key, reason.read()?);
    let app = std::sync::Arc::clone(&shared.app);
    let rotated = to_its_end("rotation", async move { app.rotate_epoch(intent).await }).await?;
    let body = Rotated { current: rotated.current.into(), ended: rotated.ended.into() };
    Ok(created(rotated.replayed, body))
}
