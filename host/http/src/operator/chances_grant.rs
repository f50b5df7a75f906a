use axum::extract::State;
use serde::{Deserialize, Serialize};
use tombola_domain::chance::GIFT_MAX;
use tombola_domain::id::{CampaignId, PlayerId};
use tombola_domain::time::ParseTimestampError;
use utoipa::ToSchema;

use crate::body::JsonBody;
use crate::caller::{Editor, in_campaign};
use crate::once::{Once, once};
use crate::params::{Address, Key, parse};
use crate::problem::{Code, Problem};
use crate::reason;
use crate::router::Shared;

/// How many chances.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ChancesGrant)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// How many more.
    #[schema(minimum = 1, maximum = 1_000_000)]
    add: u64,
    /// When they lapse (RFC 3339), which is yet to come. Left out: as the campaign says.
    lapses_at: Option<String>,
    /// Why, for the record: one line of up to 500 bytes.
    #[serde(default)]
    reason: String,
}

/// What a player was given.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Granted {
    /// What they are known by among the player's in the campaign.
    grant: String,
    /// Chances that the player got in all, beside those that they began with.
    added: u64,
}

/// Gives a player more chances. Where the campaign counts none they are kept until it does.
#[utoipa::path(
    post,
    path = "/v1/operator/campaigns/{campaign}/players/{player}/chances",
    tag = "operator",
    params(("campaign" = String, Path), ("player" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Body,
    responses(
        (status = 200, body = Granted),
        (status = 404, description = "No such campaign is published.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The player would get more chances than can be told exactly.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "They would lapse before anybody can use them.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["editor"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Editor,
    Address((campaign, player)): Address<(String, String)>,
    Key(key): Key,
    JsonBody(body): JsonBody<Body>,
) -> Result<Once<Granted>, Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    let player: PlayerId = parse(&player)?;
    let intent = in_campaign(caller.0, &campaign)?.intent(key, reason::of_body(&body.reason)?);
    if !(1..=GIFT_MAX).contains(&body.add) {
        let detail = format!("add: a number from 1 to {GIFT_MAX} is expected; give more in several steps");
        return Err(Problem::new(Code::BodyInvalid, detail));
    }
    let lapses_at = body.lapses_at.as_deref().map(str::parse).transpose();
    let lapses_at = lapses_at
        .map_err(|error: ParseTimestampError| Problem::new(Code::BodyInvalid, format!("lapses_at: {error}")))?;
    let given = shared.app.grant_chances(intent, &campaign, &player, body.add, lapses_at).await?;
    Ok(once(given, |(grant, added)| Granted { grant: grant.to_string(), added }))
}
