//! The feed of all that happened.

use tombola_store::feed::Event;

use crate::{App, Result};

impl App {
    /// What stands at the positions after `after`, at most `limit` of them, each with its position.
    pub async fn feed(&self, after: u64, limit: u32) -> Result<Vec<(u64, Event)>> {
        Ok(self.store.feed(after, limit).await?)
    }
}
