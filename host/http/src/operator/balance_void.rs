use axum::extract::State;
use tombola_domain::id::PlayerId;

use super::balance_change::Adjusted;
use super::order_void::Voiding;
use crate::body::JsonBody;
use crate::caller::{Publisher, all_campaigns};
use crate::client::balances::Balances;
use crate::once::{Once, once};
use crate::params::{Address, Key, number, parse};
use crate::problem::Problem;
use crate::reason;
use crate::router::Shared;

/// Posts back what an operator gave a player or took away from them. What they have spent of it they owe. Doing it again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/operator/players/{player}/postings/{posting}/void",
    tag = "operator",
    params(("player" = String, Path), ("posting" = u64, Path), ("Idempotency-Key" = String, Header)),
    request_body = Voiding,
    responses(
        (status = 200, description = "With the posting that does it.", body = Adjusted),
        (status = 404, description = "The player has no such posting, or it is no operator's adjustment.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "An account would hold more than can be told exactly.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["publisher"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Publisher(caller): Publisher,
    Address((player, posting)): Address<(String, String)>,
    Key(key): Key,
    JsonBody(body): JsonBody<Voiding>,
) -> Result<Once<Adjusted>, Problem> {
    let player: PlayerId = parse(&player)?;
    all_campaigns(&caller)?;
    let intent = caller.intent(key, reason::of_body(&body.reason)?);
    let posting = number("a posting's number", &posting)?;
    let posted = shared.app.void_adjustment(intent, &player, posting).await?;
    let balances = Balances::new(&player, shared.app.balances(&player).await?);
    Ok(once(posted, |posting| Adjusted { posting, balances }))
}
