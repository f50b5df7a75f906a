use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tombola_app::tokens::player::NewPlayerToken;
use tombola_domain::id::{CampaignId, PlayerId};
use utoipa::ToSchema;

use crate::body::JsonBody;
use crate::caller::{Client, in_campaign};
use crate::params::{Address, parse};
use crate::problem::{Code, Problem};
use crate::route::Route;
use crate::router::Shared;

/// What the token is for.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PlayerTokenWish)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// 1 to 16 campaigns; all that the caller's own token is for where it is left out.
    campaigns: Option<Vec<String>>,
    /// How long it works: 1 to 86400 seconds, 900 where nothing is said.
    ttl_seconds: Option<u32>,
}

/// A token, which is nowhere kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Token {
    /// What the player's client sends: `Authorization: Bearer <token>`.
    token: String,
    /// When it ceases to work, if the token that made it was not revoked before (RFC 3339, UTC).
    expires_at: String,
}

/// Makes a short-lived token that acts for one player alone: it draws for them and sees what is theirs.
#[utoipa::path(
    post,
    path = "/v1/players/{player}/tokens",
    tag = "client",
    params(("player" = String, Path)),
    request_body = Body,
    responses(
        (status = 201, body = Token),
        (status = 403, description = "The caller's own token is not for one of the campaigns.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A bound is broken; the problem names it.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["client"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Client(mut caller): Client,
    Address(player): Address<String>,
    JsonBody(body): JsonBody<Body>,
) -> Result<(StatusCode, Route, Json<Token>), Problem> {
    let player: PlayerId = parse(&player)?;
    let invalid = |detail: String| Problem::new(Code::BodyInvalid, detail);
    let campaigns = body.campaigns.map(|campaigns| campaigns.iter().map(|campaign| campaign.parse()).collect());
    let campaigns: Option<Vec<CampaignId>> =
        campaigns.transpose().map_err(|error: tombola_domain::id::IdError| invalid(format!("campaigns: {error}")))?;
    for campaign in campaigns.iter().flatten() {
        caller = in_campaign(caller, campaign)?;
    }
    let route = Route::of(&player);
    let new = NewPlayerToken::new(player, campaigns, body.ttl_seconds).map_err(|error| invalid(error.to_string()))?;
    let made = shared.app.create_player_token(&caller, new);
    Ok((StatusCode::CREATED, route, Json(Token { token: made.secret, expires_at: made.expires_at.to_string() })))
}
