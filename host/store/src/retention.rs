//! What of a draw is kept only until its campaign has been closed for long: its receipt, and the values behind it. The draw itself stays,
//! with its key, its ordinal and the receipt's hash, and so does whatever was won.
//!
//! A database may keep receipts in **partitions** by their position in the feed, of which one goes as a whole once all campaigns with
//! a draw in it have been closed for long. Where it has none they go row by row.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use tombola_domain::id::{CampaignId, DrawId};
use tombola_domain::time::Timestamp;

use crate::Result;

/// What is to be dropped, and how far that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// The activation as of which this was decided: a newer one may have opened a campaign again, and then nothing is dropped.
    pub activation: u64,
    /// Campaigns that have been closed for long.
    pub closed: BTreeSet<CampaignId>,
    /// Draws of that time or later keep their receipts all the same: a campaign may be published as closed for long on the day of its draws.
    pub drawn_before: Timestamp,
    /// Where the step goes on.
    pub at: Cursor,
    /// How many draws it looks at, at most.
    pub draws_max: u32,
}

/// A place among all draws.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The position behind which draws have yet to be looked at.
    pub after: u64,
    /// Of the partition that is being looked at, how many receipts there are so far, by campaign.
    pub counted: BTreeMap<CampaignId, u64>,
}

/// What a step came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dropped {
    /// How many draws lost their receipts, by campaign.
    pub draws: BTreeMap<CampaignId, u64>,
    /// Where the next step goes on; `None` where there is no more to look at, or a newer activation holds.
    pub next: Option<Cursor>,
}

/// Receipts as they come and go.
#[async_trait]
pub trait Retention {
    /// Sees to it that there is a partition for what is written next, long before it is needed, and one for each month, so that what a month
    /// leaves behind can go. Answers whether there was anything to do; there may be more then.
    async fn make_room(&self, now: Timestamp) -> Result<bool>;

    /// Makes one step of dropping what is no longer kept. Broken off, it left nothing half done; a step that is repeated drops nothing
    /// more, and counts nothing twice.
    async fn drop_receipts(&self, expiry: &Expiry) -> Result<Dropped>;

    /// How many draws have lost their receipts so far, by campaign.
    async fn dropped_receipts(&self) -> Result<BTreeMap<CampaignId, u64>>;

    /// Whether there is such a draw, and its receipt is no longer to be had.
    async fn is_receipt_dropped(&self, draw: &DrawId) -> Result<bool>;

    /// When the oldest of the draws was made that have their receipts.
    async fn oldest_receipt(&self) -> Result<Option<Timestamp>>;
}
