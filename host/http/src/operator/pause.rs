use axum::extract::State;
use serde::{Deserialize, Serialize};
use tombola_app::model;
use tombola_domain::id::CampaignId;
use utoipa::ToSchema;

use crate::body::JsonBody;
use crate::caller::{Publisher, in_campaign};
use crate::observe::to_its_end;
use crate::once::{Once, once};
use crate::params::{Address, Key, parse};
use crate::problem::Problem;
use crate::reason;
use crate::router::Shared;

/// Why the campaign is paused or resumed.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PauseWish)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// For the record: one line of up to 500 bytes.
    #[serde(default)]
    pub(super) reason: String,
}

/// A campaign that was paused or resumed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Pause {
    campaign: String,
    /// The live revision.
    revision: u64,
    /// Whether it takes no draws.
    paused: bool,
    /// Whether it was otherwise before.
    changed: bool,
}

/// Stops a campaign: no draw is made in it until it is resumed, and none that was decided before commits after the answer.
/// Publishing and rolling back go on, and keep the pause.
#[utoipa::path(
    post,
    path = "/v1/operator/campaigns/{campaign}/pause",
    tag = "operator",
    params(("campaign" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Body,
    responses(
        (status = 200, description = "Paused; `changed` is false where it was so before.", body = Pause),
        (status = 404, description = "No such campaign is published.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["publisher"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Publisher,
    Address(campaign): Address<String>,
    Key(key): Key,
    JsonBody(body): JsonBody<Body>,
) -> Result<Once<Pause>, Problem> {
    set(&shared, caller, &campaign, Key(key), &body, true).await
}

/// Pauses a campaign, or lets it go on.
pub(super) async fn set(
    shared: &Shared,
    Publisher(caller): Publisher,
    campaign: &str,
    Key(key): Key,
    body: &Body,
    paused: bool,
) -> Result<Once<Pause>, Problem> {
    let campaign: CampaignId = parse(campaign)?;
    let intent = in_campaign(caller, &campaign)?.intent(key, reason::of_body(&body.reason)?);
    // On a task of its own: what the store has activated must be taken up also when the operator hangs up.
    let (app, name) = (std::sync::Arc::clone(&shared.app), campaign.to_string());
    let done = to_its_end("activation", async move { app.set_paused(intent, &campaign, paused).await }).await?;
    let view = |model::Pause { revision, paused, changed, .. }| Pause { campaign: name, revision, paused, changed };
    Ok(once(done, view))
}
