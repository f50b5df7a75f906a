use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tombola_app::events::{Report, Reported};
use tombola_app::model::Scalar;
use utoipa::ToSchema;

use crate::body::JsonBody;
use crate::caller::Client;
use crate::observe::to_its_end;
use crate::params::REPLAYED;
use crate::problem::{Code, Problem};
use crate::router::Shared;
use crate::wire::event::Event;

/// What a player did.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// The caller's name for it, once for each player: 1 to 128 printable ASCII characters. Reporting it again does nothing.
    id: String,
    /// What campaigns declare under `events`.
    #[serde(rename = "type")]
    event_type: String,
    player: String,
    /// Who brought the player, for rebates that give them something.
    referrer: Option<String>,
    /// What it says of itself. A campaign looks at what it declares, and ignores the rest.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, serde_json::Value>)]
    attributes: BTreeMap<String, Scalar>,
    /// RFC 3339, at most five minutes ahead and 31 days late; now where it is left out.
    occurred_at: Option<String>,
}

impl Body {
    pub(super) fn report(self) -> Result<Report, Problem> {
        let invalid = |field: &str, reason: String| Problem::new(Code::BodyInvalid, format!("{field}: {reason}"));
        let Self { id, event_type, player, referrer, attributes, occurred_at } = self;
        let referrer = referrer.map(|referrer| referrer.parse()).transpose();
        let occurred_at = occurred_at.map(|at| at.parse()).transpose();
        let report = Report {
            id: id.parse().map_err(|error: tombola_domain::id::IdError| invalid("id", error.to_string()))?,
            event_type: event_type
                .parse()
                .map_err(|error: tombola_domain::id::IdError| invalid("type", error.to_string()))?,
            player: player
                .parse()
                .map_err(|error: tombola_domain::id::IdError| invalid("player", error.to_string()))?,
            referrer: referrer.map_err(|error: tombola_domain::id::IdError| invalid("referrer", error.to_string()))?,
            occurred_at: occurred_at.map_err(|error: tombola_domain::time::ParseTimestampError| {
                invalid("occurred_at", error.to_string())
            })?,
            attributes,
        };
        if report.referrer.as_ref() == Some(&report.player) {
            return Err(invalid("referrer", "nobody brings themselves".to_owned()));
        }
        Ok(report)
    }
}

/// Reports an event. It goes to every open campaign of the token's that has rebates for its type, and each gives what its rules
/// say.
#[utoipa::path(
    post,
    path = "/v1/events",
    tag = "client",
    request_body = Body,
    responses(
        (status = 201, description = "It is taken.", body = Event),
        (status = 200, description = "What became of it when it was reported before (`Idempotency-Replayed: true`).", body = Event),
        (status = 403, description = "The token is not a client's.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The player has another event of this id, or it is reported too early or too late.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Nothing is known to be committed: report it again.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["client"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Client(caller): Client,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Problem> {
    let report = body.report()?;
    let app = Arc::clone(&shared.app);
    let Reported { event, replayed } =
        to_its_end("event", async move { app.report(report, &caller.campaigns).await }).await?;
    let body = Json(Event::from(&event));
    Ok(if replayed { (REPLAYED, body).into_response() } else { (StatusCode::CREATED, body).into_response() })
}
