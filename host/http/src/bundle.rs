//! Receipts, alone or with all that they name, whatever they are of.

use std::sync::Arc;

use axum::response::Response;
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use tombola_app::Error;
use tombola_app::audit::Bundle;
use tombola_audit::wire::Record;
use tombola_domain::causes::Causes;
use tombola_domain::receipt::{Basis, DecodeError};
use utoipa::ToSchema;

use crate::limits::until_sent;
use crate::problem::{Code, Problem};
use crate::router::Shared;
use crate::view::{Freshness, Known, View, tag_of_source};
use crate::wire;

/// How much of a receipt is wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Extent {
    bundle: Option<String>,
}

/// What is shown of a receipt.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Shown<R> {
    /// Without `bundle`.
    Receipt(Box<R>),
    /// With `bundle`: what it is of, the receipt, revision, modules and epoch.
    Bundle(Box<Record>),
}

/// Answers as much of a receipt as is wanted; `record` makes one of it and what it is of.
pub(crate) async fn answer<R: Serialize>(
    shared: &Shared,
    known: &Known,
    extent: &Extent,
    (receipt, basis): (R, Basis<'_>),
    record: impl FnOnce(R) -> Record,
) -> Result<Response, Problem> {
    match extent.bundle.as_deref() {
        None => Ok(known.answer(View::new(Freshness::Settled, &Shown::Receipt(Box::new(receipt))))),
        Some("") => bundled::<R>(shared, known, record(receipt), &basis).await,
        Some(_) => Err(Problem::new(Code::QueryInvalid, "bundle takes no value")),
    }
}

/// The record with all that its receipt names. That is large, and the same for ever where the receipt is, so that it is loaded only
/// for who does not know it yet.
async fn bundled<R: Serialize>(
    shared: &Shared,
    known: &Known,
    record: Record,
    basis: &Basis<'_>,
) -> Result<Response, Problem> {
    // The epoch ends one day, and then shows its secret.
    const FRESHNESS: Freshness = Freshness::Live;
    let epoch = wire::epoch::shown(&shared.app.epoch(basis.epoch).await?);
    let naming = Record { epoch: Some(epoch), ..record };
    let tag = tag_of_source(&naming);
    if let Some(unchanged) = known.unchanged(FRESHNESS, &tag) {
        return Ok(unchanged);
    }
    let permit = Arc::clone(&shared.bundles).try_acquire_owned().map_err(|_| Error::Busy)?;
    let Bundle { revision, modules } = shared.app.bundle(basis).await?;
    let modules = modules.into_iter().map(|(digest, bytes)| (digest.to_string(), BASE64.encode(&bytes))).collect();
    let record = Record { revision: Some(revision), modules, ..naming };
    Ok(until_sent(known.answer(View::tagged(FRESHNESS, tag, &Shown::<R>::Bundle(Box::new(record)))), permit))
}

/// What is answered where a stored receipt turns out to be none.
pub(crate) fn unreadable(id: &dyn std::fmt::Display, error: &DecodeError) -> Problem {
    tracing::error!(%id, error = %Causes(&error), "a stored receipt can't be read");
    Problem::new(Code::Internal, "the stored receipt can't be read")
}
