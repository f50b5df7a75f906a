use serde::Deserialize;

/// A host of the database.
#[derive(Debug, Deserialize)]
pub(crate) struct Host {
    pub(crate) number: u64,
    pub(crate) name: String,
    pub(crate) state: String,
    pub(crate) activation: u64,
    /// Missing where one host serves the database alone.
    pub(crate) seen_at: Option<String>,
}
