use axum::extract::State;
use axum::response::Response;
use tombola_audit::wire::{GivenRebate, RebateReceipt, Record};
use tombola_domain::id::RebateId;
use tombola_domain::rebate::Receipt;

use crate::bundle::{Extent, Shown, answer, unreadable};
use crate::caller::{Anyone, sees_rebate};
use crate::params::{Address, Asked, parse};
use crate::problem::Problem;
use crate::router::Shared;
use crate::view::Known;

/// The receipt of what a campaign gave for an event.
#[utoipa::path(
    get,
    path = "/v1/rebates/{rebate}/receipt",
    tag = "client",
    params(
        ("rebate" = String, Path),
        ("If-None-Match" = Option<String>, Header),
        ("bundle" = Option<String>, Query, description = "Without a value: the receipt with all that is needed to replay it, as `tombola verify` takes it."),
    ),
    responses(
        (status = 200, body = Shown<RebateReceipt>),
        (status = 304, description = "It is what `If-None-Match` names."),
        (status = 422, description = "What the receipt names is more than a bundle holds.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Other bundles are under way.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such rebate, or it is of a campaign or player that the token is not for.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["player", "client", "viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Anyone(caller): Anyone,
    Address(rebate): Address<String>,
    Asked(extent): Asked<Extent>,
    known: Known,
) -> Result<Response, Problem> {
    let id: RebateId = parse(&rebate)?;
    let stored = shared.app.rebate_receipt(&id).await?;
    sees_rebate(&caller, &stored.rebate)?;
    let terms = Receipt::decode(&stored.bytes).map_err(|error| unreadable(&id, &error))?.terms;
    let rebate = GivenRebate::from(stored.rebate.clone());
    let receipt = RebateReceipt::of(stored).map_err(|error| unreadable(&id, &error))?;
    let record = |receipt| Record { rebate: Some(rebate), rebate_receipt: Some(receipt), ..Record::default() };
    answer(&shared, &known, &extent, (receipt, terms.basis()), record).await
}
