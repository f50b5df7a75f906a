use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_app::destinations::Tested;
use utoipa::ToSchema;

use crate::caller::{Editor, all_campaigns};
use crate::params::{Address, parse};
use crate::problem::Problem;
use crate::router::Shared;

/// Characters of an answer that are shown.
const SHOWN_CHARS_MAX: usize = 1_000;

/// What a test message came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Test {
    /// The message's `webhook-id`.
    id: String,
    /// Whether the receiver took it: whether it answered 2xx.
    delivered: bool,
    /// The status of its answer; left out where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// The beginning of its answer; left out where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// Why there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// How long it took, in milliseconds.
    took_ms: u64,
}

impl From<Tested> for Test {
    fn from(tested: Tested) -> Self {
        let Tested { id, reply, took_ms } = tested;
        match reply {
            Ok(reply) => {
                let body = String::from_utf8_lossy(&reply.beginning).chars().take(SHOWN_CHARS_MAX).collect();
                let (delivered, status) = (reply.is_success(), Some(reply.status));
                Self { id, delivered, status, body: Some(body), error: None, took_ms }
            }
            Err(error) => {
                Self { id, delivered: false, status: None, body: None, error: Some(error.to_string()), took_ms }
            }
        }
    }
}

/// Sends a destination a message of type `test`, once, and answers what came back.
#[utoipa::path(
    post,
    path = "/v1/operator/destinations/{destination}/test",
    tag = "operator",
    params(("destination" = String, Path)),
    responses(
        (status = 200, description = "Also where it was not delivered.", body = Test),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["editor"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Editor(caller): Editor,
    Address(destination): Address<String>,
) -> Result<Json<Test>, Problem> {
    let name = parse(&destination)?;
    all_campaigns(&caller)?;
    Ok(Json(shared.app.test_destination(&name).await?.into()))
}
