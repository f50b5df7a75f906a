use axum::extract::State;
use serde::Serialize;
use tombola_domain::id::PlayerId;
use utoipa::ToSchema;

use crate::caller::{Publisher, all_campaigns};
use crate::once::{Once, once};
use crate::params::{Address, Asked, Key, parse};
use crate::problem::Problem;
use crate::reason::ReasonQuery;
use crate::router::Shared;

/// What was erased.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Erased {
    /// Receipts whose values are gone.
    receipts: u64,
}

/// Erases the values behind a player's receipts, of draws and of events, also of events that name them as referrer: the salts, ids and facts. The
/// attributes of their events go as well, and what refusals said. Every receipt and every hash stays as it is, and so does the ledger; what
/// was erased can't be replayed any more. Elsewhere the id stays: with draws and their keys, with events, with counts, in the ledger, and on lists.
#[utoipa::path(
    delete,
    path = "/v1/operator/players/{player}/disclosures",
    tag = "operator",
    params(("player" = String, Path), ("Idempotency-Key" = String, Header), ReasonQuery),
    responses((status = 200, body = Erased)),
    security(("token" = ["publisher"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Publisher(caller): Publisher,
    Address(player): Address<String>,
    Key(key): Key,
    Asked(reason): Asked<ReasonQuery>,
) -> Result<Once<Erased>, Problem> {
    let player: PlayerId = parse(&player)?;
    all_campaigns(&caller)?;
    let intent = caller.intent(key, reason.read()?);
    Ok(once(shared.app.erase_disclosures(intent, &player).await?, |receipts| Erased { receipts }))
}
