//! The first reading: what receipts name, wherever it stands in the files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::Deserialize;
use tombola_audit::Verifier;
use tombola_audit::wire::{Epoch, Record};

use super::tally::Tally;
use super::work::unusable;
use crate::exit::UsageError;

/// A record without draw and receipt, which are passed over.
#[derive(Deserialize)]
struct Names {
    revision: Option<String>,
    #[serde(default)]
    modules: BTreeMap<String, String>,
    epoch: Option<Epoch>,
}

pub(super) fn learn(verifier: &mut Verifier, path: &Path, tally: &mut Tally) -> Result<(), UsageError> {
    let file = File::open(path).map_err(|error| unusable(path, error))?;
    let records = serde_json::Deserializer::from_reader(BufReader::new(file)).into_iter::<Names>();
    for (number, names) in records.enumerate() {
        let Names { revision, modules, epoch } = names.map_err(|error| unusable(path, error))?;
        let record = Record { revision, modules, epoch, ..Record::default() };
        if let Err(flaw) = verifier.learn(&record) {
            tally.flaw(path, number + 1, &flaw);
        }
    }
    Ok(())
}
