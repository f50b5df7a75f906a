use axum::extract::State;
use serde::Deserialize;
use tombola_domain::award;
use tombola_domain::id::AwardId;
use utoipa::ToSchema;

use crate::body::JsonBody;
use crate::caller::Editor;
use crate::once::{Once, once};
use crate::params::{Address, Key, parse};
use crate::problem::{Code, Problem};
use crate::reason;
use crate::router::Shared;
use crate::wire::award::AwardInFull;

/// How far an award is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AwardMove)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// `to_do`, `in_progress`, `delivered` or `failed` for what people deliver; of what the host has given up, `pending` to have
    /// it tried again, or `delivered` where it was done otherwise; of any, `voided` to take it back for good.
    state: String,
    /// Why, for the record: one line of up to 500 bytes, which `voided` needs. Players don't see it.
    #[serde(default)]
    reason: String,
}

/// Says how far an award is, has one tried again that could not be delivered, or takes one back. Of one that is voided and was
/// not delivered yet, the unit of stock is there again; of one that was, points go back to the house, and chances as far as they are
/// left.
#[utoipa::path(
    post,
    path = "/v1/operator/awards/{award}",
    tag = "operator",
    params(("award" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Body,
    responses(
        (status = 200, body = AwardInFull),
        (status = 404, description = "There is no such award, or it is of a campaign that the token is not for.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "From where it is it can't be moved there.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["editor"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Editor(caller): Editor,
    Address(award): Address<String>,
    Key(key): Key,
    JsonBody(body): JsonBody<Body>,
) -> Result<Once<AwardInFull>, Problem> {
    let id: AwardId = parse(&award)?;
    let state = body.state.parse::<award::State>();
    let state = state.map_err(|error| Problem::new(Code::BodyInvalid, format!("state: {error}")))?;
    let campaigns = caller.campaigns.clone();
    let intent = caller.intent(key, reason::of_body(&body.reason)?);
    Ok(once(shared.app.move_award(intent, &campaigns, id, state).await?, |history| (&history).into()))
}
