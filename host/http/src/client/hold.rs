use axum::extract::State;
use serde::{Deserialize, Serialize};
use tombola_app::holds::HoldRequest;
use tombola_domain::amount::AMOUNT_MAX;
use tombola_domain::hold::{Hold as PlayerHold, Lifetime, LifetimeError};
use tombola_domain::id::{PlayerId, UnitName};
use tombola_domain::time::Timestamp;
use utoipa::ToSchema;

use crate::body::JsonBody;
use crate::caller::{Client, all_campaigns};
use crate::observe::to_its_end;
use crate::once::{Created, created};
use crate::params::{Address, Key, parse};
use crate::problem::{Code, Problem};
use crate::rates::Rates;
use crate::router::Shared;

/// What is set aside.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = HoldWish)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    unit: String,
    /// How much, from 1.
    #[schema(minimum = 1)]
    amount: i64,
    /// For how long, 1 to 604800 (a week); 900 where nothing is said.
    #[schema(minimum = 1, maximum = 604_800)]
    expires_in_seconds: Option<u32>,
}

/// What is set aside of a player's.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Hold {
    /// Its place in lists; no answer tells it.
    #[serde(skip)]
    pub(super) number: u64,
    id: String,
    player: String,
    unit: String,
    /// How much, in all.
    amount: i64,
    /// `open`, or how it ended: `taken`, `released` or `expired`.
    state: &'static str,
    /// How much of it was taken, where it was; the rest was given back.
    #[serde(skip_serializing_if = "Option::is_none")]
    taken: Option<i64>,
    /// RFC 3339, UTC.
    held_at: String,
    /// From then on it can't be taken.
    expires_at: String,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    /// When what had been taken was given back.
    #[serde(skip_serializing_if = "Option::is_none")]
    voided_at: Option<String>,
}

impl Hold {
    /// As it is at that time.
    pub(crate) fn new(hold: &PlayerHold, now: Timestamp) -> Self {
        let ended = hold.ended_by(now);
        Self {
            number: 0,
            id: hold.id.to_string(),
            player: hold.player.to_string(),
            unit: hold.unit.to_string(),
            amount: hold.amount,
            state: ended.map_or("open", |ended| ended.how.as_str()),
            taken: ended.map(|ended| ended.how.taken()).filter(|taken| *taken > 0),
            held_at: hold.held_at.to_string(),
            expires_at: hold.expires_at.to_string(),
            ended_at: ended.map(|ended| ended.at.to_string()),
            voided_at: hold.voided_at.map(|at| at.to_string()),
        }
    }

    /// The same as a member of a list.
    pub(super) fn listed(number: u64, hold: &PlayerHold, now: Timestamp) -> Self {
        Self { number, ..Self::new(hold, now) }
    }
}

/// Sets some of a player's units aside, out of what lapses soonest, until it is taken, released or expires. Units belong to all
/// campaigns, so that a token for some of them sets nothing aside.
#[utoipa::path(
    post,
    path = "/v1/players/{player}/holds",
    tag = "client",
    params(("player" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Body,
    responses(
        (status = 201, body = Hold),
        (status = 200, description = "What an earlier request with this key set aside, as it is now.", body = Hold),
        (status = 404, description = "There is no such unit.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The player has too little, or too many open holds.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The key was used for another request.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Nothing is known to be committed: repeat with the same key.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["client"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Client(caller): Client,
    rates: Rates,
    Address(player): Address<String>,
    Key(key): Key,
    JsonBody(body): JsonBody<Body>,
) -> Result<Created<Hold>, Problem> {
    let player: PlayerId = parse(&player)?;
    all_campaigns(&caller)?;
    let unit: UnitName = body.unit.parse().map_err(|error| invalid(format!("unit: {error}")))?;
    let amount = amount(body.amount)?;
    let lifetime = body.expires_in_seconds.map(Lifetime::new).transpose();
    let lifetime =
        lifetime.map_err(|error: LifetimeError| invalid(format!("expires_in_seconds: {error}")))?.unwrap_or_default();
    rates.admit_player(&shared.app, &player)?;
    let app = std::sync::Arc::clone(&shared.app);
    let request = HoldRequest { player, key, unit, amount, lifetime };
    let placed = to_its_end("hold", async move { app.place_hold(request).await }).await?;
    Ok(created(placed.replayed, Hold::new(&placed.hold, shared.app.clock().now())))
}

/// An amount of a body.
pub(crate) fn amount(amount: i64) -> Result<i64, Problem> {
    if (1..=AMOUNT_MAX).contains(&amount) {
        Ok(amount)
    } else {
        Err(invalid(format!("amount: 1 to {AMOUNT_MAX} are possible")))
    }
}

fn invalid(detail: String) -> Problem {
    Problem::new(Code::BodyInvalid, detail)
}
