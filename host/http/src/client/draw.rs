use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tombola_app::draw::{DrawAnswer, DrawRequest};
use tombola_app::model::{self, Scalar};
use tombola_audit::wire::{Draw, Outcome};
use tombola_domain::id::CampaignId;
use tombola_domain::series::{Count, Series};
use utoipa::ToSchema;

use crate::body::JsonBody;
use crate::caller::{Drawer, in_campaign, who};
use crate::observe::to_its_end;
use crate::once::created;
use crate::params::{Address, Key, parse};
use crate::problem::{Code, Problem};
use crate::rates::Rates;
use crate::route::Route;
use crate::router::Shared;
use crate::wire::award::coupon_code;

/// A draw, please.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = DrawWish)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// The player, as the caller names them: 1 to 128 printable ASCII characters. A player's own token needs none.
    player: Option<String>,
    /// What the campaign's document declares under `attributes`. A server says it of its players; a player's own token can't.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, serde_json::Value>)]
    attributes: BTreeMap<String, Scalar>,
    /// Draw so many times, 1 to 100, each draw seeing the one before. All are made or none, and the answer is a list.
    #[schema(minimum = 1, maximum = 100)]
    count: Option<u32>,
}

/// Several draws under one key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Draws {
    /// In the order in which they were made.
    draws: Vec<Told>,
}

/// A draw, and the code that it won.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Told {
    #[serde(flatten)]
    draw: Draw,
    /// The coupon code that was won; left out where that is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    coupon_code: Option<String>,
}

impl From<model::Draw> for Told {
    fn from(draw: model::Draw) -> Self {
        Self { coupon_code: coupon_code(&draw), draw: draw.into() }
    }
}

/// What was drawn.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DrawnSeries)]
#[serde(untagged)]
pub(crate) enum Drawn {
    /// Without `count`, and for a refusal.
    One(Box<Told>),
    /// With `count`.
    Many(Draws),
}

/// Draws once, or `count` times.
#[utoipa::path(
    post,
    path = "/v1/campaigns/{campaign}/draws",
    tag = "client",
    params(("campaign" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Body,
    responses(
        (status = 201, description = "Chances were used.", body = Drawn),
        (status = 200, description = "What an earlier request with this key drew, or a rule's refusal, with which nothing is drawn.", body = Drawn),
        (status = 404, description = "No such campaign is published.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The window is closed, the campaign is paused, or fewer draws are left than are wanted.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The key was used for another request, or an attribute is refused.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Nothing is known to be committed: repeat with the same key.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["player", "client"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Drawer,
    rates: Rates,
    Address(campaign): Address<String>,
    Key(key): Key,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    let caller = in_campaign(caller.0, &campaign)?;
    let player = who(&caller, body.player)?;
    if caller.player.is_some() && !body.attributes.is_empty() {
        return Err(Problem::new(Code::Forbidden, "attributes are said by a server; draw with a client's token"));
    }
    let count = body.count.map(Count::new).transpose();
    let count = count.map_err(|error| Problem::new(Code::BodyInvalid, format!("count: {error}")))?;
    rates.admit(&shared.app, &player, &campaign)?;
    let route = Route::of(&player);
    let (attributes, is_list) = (body.attributes, count.is_some());
    let request = DrawRequest { campaign: campaign.clone(), player: player.clone(), key, attributes, count };
    // On a task of its own, so that a client that hangs up does not stop a draw half way: its key would tell, but not soon.
    let app = std::sync::Arc::clone(&shared.app);
    let answer = match to_its_end("draw", async move { app.draw(request).await }).await? {
        DrawAnswer::Drawn { draws, replayed } => drawn(draws, is_list, replayed),
        DrawAnswer::Refused { revision, code, message, at, place } => {
            let (campaign, player) = (campaign.to_string(), player.to_string());
            let (draw_number, drawn_at) = (place.map(|place| place.draw), at.to_string());
            let outcome = Outcome::Refused { code, message };
            let (id, ordinal, receipt) = (None, None, None);
            Json(Draw { id, campaign, revision, player, ordinal, draw_number, outcome, receipt, drawn_at })
                .into_response()
        }
    };
    Ok((route, answer).into_response())
}

fn drawn(draws: Series<model::Draw>, is_list: bool, replayed: bool) -> Response {
    let body = if is_list {
        Drawn::Many(Draws { draws: draws.into_iter().map(Told::from).collect() })
    } else {
        Drawn::One(Box::new(draws.first.into()))
    };
    created(replayed, body).into_response()
}
