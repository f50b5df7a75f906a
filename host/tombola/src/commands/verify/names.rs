//! The first two readings: what receipts name, and then what is shown of it, wherever it stands in the files. What cannot be
//! parsed is passed over here, and told in the last reading.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;
use tombola_audit::wire::{Epoch, Named, Record};
use tombola_audit::{LearnError, Verifier};

use super::records::{Piece, Records, open, unusable};
use super::tally::Tally;
use crate::exit::UsageError;

/// The receipts of a record, whose other members are passed over.
#[derive(Deserialize)]
struct Naming<'a> {
    #[serde(borrow)]
    receipt: Option<&'a RawValue>,
    #[serde(borrow)]
    rebate_receipt: Option<&'a RawValue>,
}

/// A record without what receipts are of, and without the receipts, which are passed over.
#[derive(Deserialize)]
struct Shown {
    revision: Option<String>,
    revision_digest: Option<String>,
    #[serde(default)]
    modules: BTreeMap<String, String>,
    epoch: Option<Epoch>,
}

pub(super) fn name(verifier: &mut Verifier, path: &Path) -> Result<(), UsageError> {
    for record in Records::new(open(path)?) {
        let Piece::Record(record) = record.map_err(|error| unusable(path, error))? else { continue };
        let Ok(Naming { receipt, rebate_receipt }) = serde_json::from_slice(&record) else { continue };
        for receipt in [receipt, rebate_receipt].into_iter().flatten() {
            if let Ok(named) = serde_json::from_str::<Named>(receipt.get()) {
                verifier.name(&named).map_err(|error| unusable(path, error))?;
            }
        }
    }
    Ok(())
}

pub(super) fn learn(verifier: &mut Verifier, path: &Path, tally: &mut Tally) -> Result<(), UsageError> {
    for (number, record) in (1..).zip(Records::new(open(path)?)) {
        let Piece::Record(record) = record.map_err(|error| unusable(path, error))? else { continue };
        let Ok(Shown { revision, revision_digest, modules, epoch }) = serde_json::from_slice(&record) else { continue };
        match verifier.learn(&Record { revision, revision_digest, modules, epoch, ..Record::default() }) {
            Ok(()) => {}
            Err(LearnError::Flaw(flaw)) => tally.flaw(path, number, &flaw),
            Err(LearnError::TooMuch(error)) => return Err(unusable(path, error)),
        }
    }
    Ok(())
}
