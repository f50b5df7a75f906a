use axum::extract::State;

use super::module::Module;
use crate::body::WasmBody;
use crate::caller::{Publisher, all_campaigns};
use crate::once::{Created, created};
use crate::params::{Asked, Key};
use crate::problem::Problem;
use crate::reason::ReasonQuery;
use crate::router::Shared;

/// Uploads a rule. It is checked whole before it is kept: size, form, imports, interface, compilation, description.
#[utoipa::path(
    post,
    path = "/v1/operator/modules",
    tag = "operator",
    params(("Idempotency-Key" = String, Header), ReasonQuery),
    request_body(content = Vec<u8>, content_type = "application/wasm"),
    responses(
        (status = 201, description = "Kept.", body = Module),
        (status = 200, description = "These bytes were kept before.", body = Module),
        (status = 409, description = "Name and version are other bytes, or the name is another publisher's.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No rule.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "As many uploads as may be are under way.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["publisher"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Publisher(caller): Publisher,
    Key(key): Key,
    Asked(reason): Asked<ReasonQuery>,
    WasmBody(component, _permit): WasmBody,
) -> Result<Created<Module>, Problem> {
    // A module is for every campaign, so that a token for some of them may not add one.
    all_campaigns(&caller)?;
    let done = shared.app.upload(caller.intent(key, reason.read()?), &component).await?;
    Ok(created(done.replayed, done.result.into()))
}
