//! The feed of all that happened.

use tombola_store::StoreError;
use tombola_store::feed::Event;

use crate::{App, Result};

/// Why a part of the feed is not told.
#[derive(Debug, thiserror::Error)]
pub enum NotTold {
    /// It ends with this position, before the one that was asked with.
    #[error(
        "the feed ends with position {0}, so that the one in `after` is of another database, or of this one before it was restored: forget what came after its backup, and go on from there"
    )]
    Ahead(u64),
    /// What stands at the first position can't be read.
    #[error(
        "what stands at position {position} of the feed is damaged; the host's log says how, and whoever wants to go on without it asks with `after={position}`"
    )]
    Damaged {
        /// The position.
        position: u64,
        /// What is wrong with it.
        #[source]
        source: StoreError,
    },
}

impl NotTold {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Ahead(_) => "feed-ahead",
            Self::Damaged { .. } => "store-damaged",
        }
    }
}

impl App {
    /// What stands at the positions after `after`, at most `limit` of them, each with its position.
    pub async fn feed(&self, after: u64, limit: u32) -> Result<Vec<(u64, Event)>> {
        Ok(self.store.feed(after, limit).await?)
    }
}
