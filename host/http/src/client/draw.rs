use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tombola_app::draw::{DrawAnswer, DrawRequest};
use tombola_app::model::Scalar;
use tombola_audit::wire::{Draw, Outcome};
use tombola_domain::id::{CampaignId, PlayerId};
use utoipa::ToSchema;

use crate::body::JsonBody;
use crate::caller::{Client, in_campaign};
use crate::params::{Address, Key, parse};
use crate::problem::{Code, Problem};
use crate::router::Shared;

/// A draw, please.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// The player, as the caller names them: 1 to 128 printable ASCII characters.
    player: String,
    /// What the campaign's document declares under `attributes`.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, serde_json::Value>)]
    attributes: BTreeMap<String, Scalar>,
}

/// Draws once.
#[utoipa::path(
    post,
    path = "/v1/campaigns/{campaign}/draws",
    tag = "client",
    params(("campaign" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Body,
    responses(
        (status = 201, description = "A chance was used.", body = Draw),
        (status = 200, description = "The draw that an earlier request with this key made (`Idempotency-Replayed: true`), or a rule's refusal.", body = Draw),
        (status = 409, description = "The window is closed, or no draw is left.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The key was used for another request, or an attribute is refused.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Nothing is known to be committed: repeat with the same key.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["client"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    client: Client,
    Address(campaign): Address<String>,
    Key(key): Key,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    in_campaign(client.0, &campaign)?;
    let player: PlayerId = body
        .player
        .parse()
        .map_err(|error: tombola_domain::id::IdError| Problem::new(Code::BodyInvalid, format!("player: {error}")))?;
    let request = DrawRequest { campaign: campaign.clone(), player: player.clone(), key, attributes: body.attributes };
    // On a task of its own, so that a client that hangs up does not stop a draw half way: its key would tell, but not soon.
    let app = std::sync::Arc::clone(&shared.app);
    let answer = tokio::spawn(async move { app.draw(request).await }).await;
    let answer = answer.map_err(|_| Problem::new(Code::Internal, "the draw failed; repeat it with the same key"))??;
    Ok(respond(answer, &campaign, &player))
}

fn respond(answer: DrawAnswer, campaign: &CampaignId, player: &PlayerId) -> Response {
    const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
    match answer {
        DrawAnswer::Drawn { draw, replayed: false } => (StatusCode::CREATED, Json(Draw::from(draw))).into_response(),
        DrawAnswer::Drawn { draw, replayed: true } => {
            ([(REPLAYED, HeaderValue::from_static("true"))], Json(Draw::from(draw))).into_response()
        }
        DrawAnswer::Refused { revision, code, message, at } => Json(Draw {
            id: None,
            campaign: campaign.to_string(),
            revision,
            player: player.to_string(),
            ordinal: None,
            outcome: Outcome::Refused { code, message },
            receipt: None,
            drawn_at: at.to_string(),
        })
        .into_response(),
    }
}
