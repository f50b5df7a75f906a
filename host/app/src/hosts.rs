//! The hosts that serve the database of this one.

pub use tombola_store::hosts::Host;

use crate::{App, Result};

impl App {
    /// Those that live, and some of those that are gone, eldest first.
    pub async fn hosts(&self) -> Result<Vec<Host>> {
        Ok(self.store.hosts().await?)
    }
}
