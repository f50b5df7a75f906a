//! All that is kept of one player, for whoever has to give it to them.

use async_trait::async_trait;
use tombola_domain::id::PlayerId;

use crate::{Operation, Result};

/// Where an export goes on; the first is [`ExportCursor::default`]. What it holds is the store's own business.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportCursor {
    /// Which kind of lines.
    pub part: usize,
    /// The key of the latest line of that kind; empty is from the first.
    pub after: String,
}

/// Some lines of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportPage {
    /// JSON objects, each with its `kind`: `participation`, `draw`, `award`, `event`, `event_count`, `order`, `balance`, `transfer`, `chances`,
    /// `wins`, `refusal`, `list` or `difference`. What is in them is as the API shows it: times are RFC 3339, digests hexadecimal, and receipts
    /// base 64. They name no other player, and hold no secret.
    pub lines: Vec<String>,
    /// Where the next page begins; `None` after the last.
    pub next: Option<ExportCursor>,
}

/// What a store keeps of one player.
#[async_trait]
pub trait People {
    /// Records that somebody wants all that is kept of a player. The player is named nowhere in the record.
    async fn record_export(&self, operation: &Operation) -> Result<()>;

    /// Lines from there on, at most `limit`: of every kind each as it is when its page is read.
    async fn export(&self, player: &PlayerId, at: &ExportCursor, limit: u32) -> Result<ExportPage>;
}
