use axum::extract::State;
use tombola_domain::id::{HoldId, PlayerId};

use super::order_void::Voiding;
use crate::body::JsonBody;
use crate::caller::{Publisher, all_campaigns};
use crate::client::hold::Hold;
use crate::once::{Once, once};
use crate::params::{Address, Key, parse};
use crate::problem::Problem;
use crate::reason;
use crate::router::Shared;

/// Gives back what was taken of a hold, to the lots that it came out of; it pays what the player owes. Doing it again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/operator/players/{player}/holds/{hold}/void",
    tag = "operator",
    params(("player" = String, Path), ("hold" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Voiding,
    responses(
        (status = 200, body = Hold),
        (status = 404, description = "The player has no such hold.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Nothing was taken of it.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["publisher"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Publisher(caller): Publisher,
    Address((player, hold)): Address<(String, String)>,
    Key(key): Key,
    JsonBody(body): JsonBody<Voiding>,
) -> Result<Once<Hold>, Problem> {
    let player: PlayerId = parse(&player)?;
    let hold: HoldId = parse(&hold)?;
    all_campaigns(&caller)?;
    let intent = caller.intent(key, reason::of_body(&body.reason)?);
    let voided = shared.app.void_hold(intent, &player, &hold).await?;
    Ok(once(voided, |hold| Hold::new(&hold, shared.app.clock().now())))
}
