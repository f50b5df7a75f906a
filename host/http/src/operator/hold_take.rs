use axum::extract::State;
use serde::Deserialize;
use tombola_domain::hold::Wish;
use tombola_domain::id::{HoldId, PlayerId};
use utoipa::ToSchema;

use crate::body::JsonBody;
use crate::caller::{Publisher, all_campaigns};
use crate::client::hold::{Hold, amount};
use crate::once::{Once, once};
use crate::params::{Address, Key, parse};
use crate::problem::Problem;
use crate::reason;
use crate::router::Shared;

/// How much is taken, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = HoldTakingInPlace)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// From 1 to what the hold is of; all of it where nothing is said. The rest is given back.
    #[schema(minimum = 1)]
    amount: Option<i64>,
    /// For the record: one line of up to 500 bytes, and not empty.
    #[serde(default)]
    #[schema(required = true)]
    reason: String,
}

/// Takes what a hold set aside, or a part of it, in the place of the client that placed it: that is spent then, and the rest is the
/// player's again. Doing it again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/operator/players/{player}/holds/{hold}/take",
    tag = "operator",
    params(("player" = String, Path), ("hold" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Body,
    responses(
        (status = 200, body = Hold),
        (status = 404, description = "The player has no such hold.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The hold has ended otherwise, or is of less.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["publisher"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Publisher(caller): Publisher,
    Address((player, hold)): Address<(String, String)>,
    Key(key): Key,
    JsonBody(body): JsonBody<Body>,
) -> Result<Once<Hold>, Problem> {
    let player: PlayerId = parse(&player)?;
    let hold: HoldId = parse(&hold)?;
    all_campaigns(&caller)?;
    let wish = Wish::Take(body.amount.map(amount).transpose()?);
    let intent = caller.intent(key, reason::of_body(&body.reason)?);
    let ended = shared.app.end_hold_for(intent, player, hold, wish).await?;
    Ok(once(ended, |hold| Hold::new(&hold, shared.app.clock().now())))
}
