use axum::extract::State;
use serde::Deserialize;
use tombola_domain::amount::AMOUNT_MAX;
use tombola_domain::id::CodePoolName;
use utoipa::ToSchema;

use super::code_pools::CodePool;
use crate::body::JsonBody;
use crate::caller::{Editor, all_campaigns};
use crate::once::{Once, once};
use crate::params::{Address, Key, parse};
use crate::problem::{Code, Problem};
use crate::reason;
use crate::router::Shared;

/// What a pool is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CodePoolSettings)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// The pool is low while fewer codes than these are free; 0, which is never, where it is left out.
    #[serde(default)]
    low_water: u64,
    /// Why, for the record: one line of up to 500 bytes.
    #[serde(default)]
    reason: String,
}

/// Makes a pool of coupon codes, or sets its low-water mark. Its codes stay as they are.
#[utoipa::path(
    put,
    path = "/v1/operator/code-pools/{pool}",
    tag = "operator",
    params(("pool" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Body,
    responses(
        (status = 200, body = CodePool),
        (status = 409, description = "There are as many pools as there can be.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["editor"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Editor(caller): Editor,
    Address(pool): Address<String>,
    Key(key): Key,
    JsonBody(body): JsonBody<Body>,
) -> Result<Once<CodePool>, Problem> {
    let pool: CodePoolName = parse(&pool)?;
    // Any campaign may name a pool, so that a token for some of them may not change it.
    all_campaigns(&caller)?;
    let intent = caller.intent(key, reason::of_body(&body.reason)?);
    if body.low_water > AMOUNT_MAX.unsigned_abs() {
        return Err(Problem::new(Code::BodyInvalid, "low_water: 0 to 2^53 - 1 are expected"));
    }
    Ok(once(shared.app.put_code_pool(intent, &pool, body.low_water).await?, CodePool::from))
}
