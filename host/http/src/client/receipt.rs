use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tombola_app::audit::Bundle;
use tombola_audit::wire::{Draw, Receipt, Record};
use tombola_domain::id::DrawId;
use tombola_domain::receipt::Receipt as DomainReceipt;
use utoipa::ToSchema;

use crate::caller::{Anyone, sees_draw};
use crate::params::{Address, Asked, parse};
use crate::problem::{Code, Problem};
use crate::router::Shared;
use crate::view::{Freshness, Known, View};
use crate::wire;

/// How much is wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Extent {
    bundle: Option<String>,
}

/// What is shown of a draw.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Shown {
    /// Without `bundle`.
    Receipt(Box<Receipt>),
    /// With `bundle`: draw, receipt, revision, modules and epoch.
    Bundle(Box<Record>),
}

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
        (status = 200, body = Shown),
        (status = 304, description = "It is what `If-None-Match` names."),
        (status = 404, description = "There is no such draw, or it is of a campaign or player that the token is not for.", body = Problem, content_type = "application/problem+json"),
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
    let stored = shared.app.receipt(&id).await?;
    sees_draw(&caller, &stored.draw)?;
    let unreadable = |error| {
        tracing::error!(draw = %id, %error, "a stored receipt can't be read");
        Problem::new(Code::Internal, "the stored receipt can't be read")
    };
    let receipt = DomainReceipt::decode(&stored.bytes).map_err(unreadable)?;
    let bundle = match extent.bundle.as_deref() {
        None => None,
        Some("") => Some(shared.app.bundle(&receipt.terms).await?),
        Some(_) => return Err(Problem::new(Code::QueryInvalid, "bundle takes no value")),
    };
    let draw = Draw::from(stored.draw.clone());
    let receipt = Receipt::of(stored).map_err(unreadable)?;
    Ok(known.answer(match bundle {
        None => View::new(Freshness::Settled, &Shown::Receipt(Box::new(receipt))),
        Some(Bundle { revision, modules, epoch }) => {
            let (draw, receipt, revision) = (Some(draw), Some(receipt), Some(revision));
            let record = Record { draw, receipt, revision, ..wire::epoch::record(modules, &epoch) };
            // Its epoch ends one day, and then shows its secret.
            View::new(Freshness::Live, &Shown::Bundle(Box::new(record)))
        }
    }))
}
