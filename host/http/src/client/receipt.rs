use axum::extract::State;
use axum::response::Response;
use tombola_app::Error;
use tombola_audit::wire::{Draw, Receipt, Record};
use tombola_domain::id::DrawId;
use tombola_domain::receipt::Receipt as DomainReceipt;

use crate::bundle::{Extent, Shown, answer, unreadable};
use crate::caller::{Anyone, sees_draw};
use crate::params::{Address, Asked, parse};
use crate::problem::Problem;
use crate::router::Shared;
use crate::view::Known;

/// The receipt of a draw.
#[utoipa::path(
    get,
    path = "/v1/draws/{draw}/receipt",
    tag = "client",
    params(
        ("draw" = String, Path),
        ("If-None-Match" = Option<String>, Header),
        ("bundle" = Option<String>, Query, description = "Without a value: the receipt with all that is needed to replay it, as `tombola verify` takes it."),
    ),
    responses(
        (status = 200, body = Shown<Receipt>),
        (status = 304, description = "It is what `If-None-Match` names."),
        (status = 422, description = "What the receipt names is more than a bundle holds.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Other bundles are under way.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such draw, or it is of a campaign or player that the token is not for.", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "The receipt is no longer kept.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["player", "client", "viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Anyone(caller): Anyone,
    Address(draw): Address<String>,
    Asked(extent): Asked<Extent>,
    known: Known,
) -> Result<Response, Problem> {
    let id: DrawId = parse(&draw)?;
    let found = shared.app.receipt(&id).await;
    if matches!(found, Err(Error::ReceiptExpired)) {
        sees_draw(&caller, &shared.app.drawn(&id).await?)?;
    }
    let stored = found?;
    sees_draw(&caller, &stored.draw)?;
    let terms = DomainReceipt::decode(&stored.bytes).map_err(|error| unreadable(&id, &error))?.terms;
    let draw = Draw::from(stored.draw.clone());
    let receipt = Receipt::of(stored).map_err(|error| unreadable(&id, &error))?;
    let record = |receipt| Record { draw: Some(draw), receipt: Some(receipt), ..Record::default() };
    answer(&shared, &known, &extent, (receipt, terms.basis()), record).await
}
