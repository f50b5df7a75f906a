//! Faults of a module, as far as they are shown.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use tombola_domain::digest::Digest;

use super::{Client, ClientError};

/// The latest faults of a module, latest first.
#[derive(Debug, Deserialize)]
pub(crate) struct Faults {
    pub(crate) items: Vec<Fault>,
}

/// One run of a rule that gave no answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Fault {
    pub(crate) at: String,
    pub(crate) campaign: String,
    /// Missing for a document that is not published.
    pub(crate) revision: Option<u64>,
    pub(crate) node: String,
    /// What it ran in.
    pub(crate) origin: String,
    pub(crate) kind: String,
    /// Of several lines.
    pub(crate) message: String,
    pub(crate) facts: BTreeMap<String, Value>,
}

impl Client {
    pub(crate) fn faults(&self, module: &Digest) -> Result<Value, ClientError> {
        self.call(self.get(&["modules", &module.to_string(), "faults"]))
    }
}
