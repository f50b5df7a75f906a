use axum::extract::State;
use axum::response::Response;
use tombola_domain::id::DrawId;

use crate::caller::{Anyone, sees_draw};
use crate::params::{Address, parse};
use crate::problem::Problem;
use crate::router::Shared;
use crate::view::{Freshness, Known, View};
use crate::wire::award::DrawnView;

/// The outcome of a draw, and how far what it won is.
#[utoipa::path(
    get,
    path = "/v1/draws/{draw}",
    tag = "client",
    params(("draw" = String, Path), ("If-None-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = DrawnView),
        (status = 304, description = "It is what `If-None-Match` names."),
        (status = 404, description = "There is no such draw, or it is of a campaign or player that the token is not for.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["player", "client", "viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Anyone(caller): Anyone,
    Address(draw): Address<String>,
    known: Known,
) -> Result<Response, Problem> {
    let id: DrawId = parse(&draw)?;
    let draw = shared.app.drawn(&id).await?;
    sees_draw(&caller, &draw)?;
    let award = shared.app.awards_of(std::slice::from_ref(&id)).await?.pop();
    Ok(known.answer(View::new(Freshness::Live, &DrawnView::new(draw, award.as_ref()))))
}
