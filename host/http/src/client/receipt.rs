use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tombola_app::Error;
use tombola_app::audit::Bundle;
use tombola_audit::wire::{Draw, Receipt, Record};
use tombola_domain::id::DrawId;
use tombola_domain::receipt::{Receipt as DomainReceipt, Terms};
use utoipa::ToSchema;

use crate::caller::{Anyone, sees_draw};
use crate::limits::until_sent;
use crate::params::{Address, Asked, parse};
use crate::problem::{Code, Problem};
use crate::router::Shared;
use crate::view::{Freshness, Known, View, tag_of_source};
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
        (status = 422, description = "What the receipt names is more than a bundle holds.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Other bundles are under way.", body = Problem, content_type = "application/problem+json"),
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
    let draw = Draw::from(stored.draw.clone());
    let shown = Receipt::of(stored).map_err(unreadable)?;
    match extent.bundle.as_deref() {
        None => Ok(known.answer(View::new(Freshness::Settled, &Shown::Receipt(Box::new(shown))))),
        Some("") => bundled(&shared, &known, (draw, shown), &receipt.terms).await,
        Some(_) => Err(Problem::new(Code::QueryInvalid, "bundle takes no value")),
    }
}

/// The receipt with all that it names. That is large, and the same for ever where the receipt is, so that it is loaded only for who
/// does not know it yet.
async fn bundled(
    shared: &Shared,
    known: &Known,
    (draw, receipt): (Draw, Receipt),
    terms: &Terms,
) -> Result<Response, Problem> {
    // The epoch ends one day, and then shows its secret.
    const FRESHNESS: Freshness = Freshness::Live;
    let epoch = shared.app.epoch(terms.epoch).await?;
    let naming = Record { draw: Some(draw), receipt: Some(receipt), ..wire::epoch::record(Vec::new(), &epoch) };
    let tag = tag_of_source(&naming);
    if let Some(unchanged) = known.unchanged(FRESHNESS, &tag) {
        return Ok(unchanged);
    }
    let permit = Arc::clone(&shared.bundles).try_acquire_owned().map_err(|_| Error::Busy)?;
    let Bundle { revision, modules } = shared.app.bundle(terms).await?;
    let Record { modules, epoch, .. } = wire::epoch::record(modules, &epoch);
    let record = Record { revision: Some(revision), modules, epoch, ..naming };
    Ok(until_sent(known.answer(View::tagged(FRESHNESS, tag, &Shown::Bundle(Box::new(record)))), permit))
}
