use axum::Json;
use axum::extract::State;
use tombola_domain::id::AwardId;

use crate::caller::{Viewer, sees_award};
use crate::params::{Address, parse};
use crate::problem::Problem;
use crate::router::Shared;
use crate::wire::award::AwardInFull;

/// One award, how it came to be as it is, and what was done to deliver it.
#[utoipa::path(
    get,
    path = "/v1/operator/awards/{award}",
    tag = "operator",
    params(("award" = String, Path)),
    responses(
        (status = 200, body = AwardInFull),
        (status = 404, description = "There is no such award, or it is of a campaign that the token is not for.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Viewer(caller): Viewer,
    Address(award): Address<String>,
) -> Result<Json<AwardInFull>, Problem> {
    let id: AwardId = parse(&award)?;
    let history = shared.app.award(&id).await?;
    sees_award(&caller, &history.award)?;
    Ok(Json((&history).into()))
}
