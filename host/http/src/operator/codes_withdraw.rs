use axum::extract::State;
use serde::{Deserialize, Serialize};
use tombola_app::model;
use tombola_domain::id::CodePoolName;
use utoipa::ToSchema;

use super::code_pools::CodePool;
use crate::body::JsonBody;
use crate::caller::{Editor, all_campaigns};
use crate::once::{Once, once};
use crate::params::{Address, Key, parse};
use crate::problem::Problem;
use crate::reason;
use crate::router::Shared;

/// Why codes are withdrawn.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CodesWithdrawal)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// For the record: one line of up to 500 bytes.
    #[serde(default)]
    reason: String,
}

/// What was withdrawn.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Withdrawn {
    /// How many codes.
    withdrawn: u64,
    /// The pool without them.
    pool: CodePool,
}

/// Takes all free codes out of a pool: from then on nobody wins them. Those that were won stay with their draws.
#[utoipa::path(
    post,
    path = "/v1/operator/code-pools/{pool}/withdraw",
    tag = "operator",
    params(("pool" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Body,
    responses(
        (status = 200, body = Withdrawn),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["editor"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Editor(caller): Editor,
    Address(pool): Address<String>,
    Key(key): Key,
    JsonBody(body): JsonBody<Body>,
) -> Result<Once<Withdrawn>, Problem> {
    let pool: CodePoolName = parse(&pool)?;
    all_campaigns(&caller)?;
    let intent = caller.intent(key, reason::of_body(&body.reason)?);
    let view = |done: model::Withdrawn| Withdrawn { withdrawn: done.withdrawn, pool: done.level.into() };
    Ok(once(shared.app.withdraw_codes(intent, &pool).await?, view))
}
