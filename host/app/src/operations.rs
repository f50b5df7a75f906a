//! The record of operators' writes.

use tombola_store::audit::{Entry, Query};

use crate::{App, Result};

impl App {
    /// Entries, latest first, at most `limit`.
    pub async fn audit(&self, query: &Query, limit: u32) -> Result<Vec<Entry>> {
        Ok(self.store.audit(query, limit).await?)
    }
}
