use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tombola_domain::hold::Wish;
use tombola_domain::id::{HoldId, PlayerId};
use utoipa::ToSchema;

use super::hold::{Hold, amount};
use crate::body::JsonBody;
use crate::caller::{Client, all_campaigns};
use crate::observe::to_its_end;
use crate::params::{Address, parse};
use crate::problem::Problem;
use crate::router::Shared;

/// How much is taken.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = HoldTaking)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// From 1 to what the hold is of; all of it where nothing is said. The rest is given back.
    #[schema(minimum = 1)]
    amount: Option<i64>,
}

/// Takes what a hold set aside, or a part of it: that is spent then, and the rest is the player's again. Doing it again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/players/{player}/holds/{hold}/take",
    tag = "client",
    params(("player" = String, Path), ("hold" = String, Path)),
    request_body = Body,
    responses(
        (status = 200, body = Hold),
        (status = 404, description = "The player has no such hold.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The hold has ended otherwise, or is of less.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["client"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Client(caller): Client,
    Address((player, hold)): Address<(String, String)>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Json<Hold>, Problem> {
    let player: PlayerId = parse(&player)?;
    let hold: HoldId = parse(&hold)?;
    all_campaigns(&caller)?;
    let wish = Wish::Take(body.amount.map(amount).transpose()?);
    let app = std::sync::Arc::clone(&shared.app);
    let ended = to_its_end("taking", async move { app.end_hold(player, hold, wish).await }).await?;
    Ok(Json(Hold::new(&ended.hold, shared.app.clock().now())))
}
