use axum::extract::State;
use serde::Serialize;
use tombola_app::ledger::LedgerChange;
use tombola_domain::id::PlayerId;
use utoipa::ToSchema;

use super::budget_change::Change;
use crate::body::JsonBody;
use crate::caller::{Publisher, all_campaigns};
use crate::client::balances::Balances;
use crate::once::{Once, once};
use crate::params::{Address, Key, parse};
use crate::problem::Problem;
use crate::reason;
use crate::router::Shared;

/// What a player has since something of it was set right.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Adjusted {
    /// Names what was posted.
    pub(super) posting: u64,
    #[serde(flatten)]
    pub(super) balances: Balances,
}

/// Gives a player some of a unit, or takes away what they can spend: to set something right.
#[utoipa::path(
    post,
    path = "/v1/operator/players/{player}/balances",
    tag = "operator",
    params(("player" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Change,
    responses(
        (status = 200, body = Adjusted),
        (status = 404, description = "No such unit is declared.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "More would be taken away than they can spend.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["publisher"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Publisher,
    Address(player): Address<String>,
    Key(key): Key,
    JsonBody(body): JsonBody<Change>,
) -> Result<Once<Adjusted>, Problem> {
    let player: PlayerId = parse(&player)?;
    all_campaigns(&caller.0)?;
    let intent = caller.0.intent(key, reason::of_body(&body.reason)?);
    let (unit, add) = body.read()?;
    let change = LedgerChange { intent, whose: player.clone(), unit, add };
    let posted = shared.app.adjust_balance(change).await?;
    let balances = Balances::new(&player, shared.app.balances(&player).await?);
    Ok(once(posted, |posting| Adjusted { posting, balances }))
}
