use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_app::model::Balance as PlayerBalance;
use tombola_domain::id::PlayerId;
use utoipa::ToSchema;

use crate::caller::{Anyone, for_player};
use crate::params::{Address, parse};
use crate::problem::Problem;
use crate::router::Shared;

/// What a player has.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Balances {
    player: String,
    /// By unit.
    items: Vec<Balance>,
}

/// What a player has of one unit.
#[derive(Debug, Serialize, ToSchema)]
struct Balance {
    unit: String,
    /// What they can spend.
    balance: i64,
    /// What of it lapses when, soonest first: it is spent in this order.
    lots: Vec<Lot>,
    /// What is set aside of theirs, beside the balance.
    held: i64,
    /// What they owe: what comes in next pays it first.
    owed: i64,
}

/// What lapses at one time.
#[derive(Debug, Serialize, ToSchema)]
struct Lot {
    amount: i64,
    /// RFC 3339, UTC; left out where it never does.
    #[serde(skip_serializing_if = "Option::is_none")]
    lapses_at: Option<String>,
}

impl Balances {
    pub(crate) fn new(player: &PlayerId, balances: Vec<PlayerBalance>) -> Self {
        let items = balances.into_iter().map(|PlayerBalance { unit, lots, held, owed }| Balance {
            unit: unit.to_string(),
            balance: lots.iter().map(|(_, amount)| amount).sum(),
            lots: lots
                .into_iter()
                .map(|(lapse, amount)| Lot { amount, lapses_at: lapse.time().map(|at| at.to_string()) })
                .collect(),
            held,
            owed,
        });
        Self { player: player.to_string(), items: items.collect() }
    }
}

/// What a player can spend of each unit, and what lapses when. The units are of all campaigns, so that a token for some campaigns sees
/// them as well.
#[utoipa::path(
    get,
    path = "/v1/players/{player}/balances",
    tag = "client",
    params(("player" = String, Path)),
    responses((status = 200, description = "Also for a player who has never had anything.", body = Balances)),
    security(("token" = ["player", "client", "viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Anyone(caller): Anyone,
    Address(player): Address<String>,
) -> Result<Json<Balances>, Problem> {
    let player: PlayerId = parse(&player)?;
    for_player(&caller, &player)?;
    Ok(Json(Balances::new(&player, shared.app.balances(&player).await?)))
}
