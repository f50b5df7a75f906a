//! Stock that operators see and change while a campaign runs.

use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::id::{CampaignId, PrizeId};
use tombola_domain::stock::Mark;

use crate::{Done, KeyReused, Operation, Result, StoreError};

/// The stock of a prize, over all of its buckets. `issued <= stock`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StockLevel {
    /// Units in all.
    pub stock: u64,
    /// Units handed over.
    pub issued: u64,
    /// Whether it was found sold out.
    pub mark: Mark,
}

impl StockLevel {
    /// Names the level in the record of operations.
    pub fn digest(&self) -> Digest {
        let Mark { version, sold_out } = self.mark;
        let counts = [self.stock, self.issued, version, u64::from(sold_out)].map(u64::to_be_bytes);
        Digest::tagged("tombola/stock-level/v1", &counts.each_ref().map(|count| &count[..]))
    }
}

/// Why stock was not changed.
#[derive(Debug, thiserror::Error)]
pub enum StockError {
    /// See [`KeyReused`].
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// No prize of this name was ever live with a stock.
    #[error("the campaign keeps no stock of this prize")]
    UnknownPrize,
    /// More would be taken away than is left, or the sum is beyond 2^53 - 1.
    #[error("{issued} units of {stock} are issued; the change is out of bounds")]
    OutOfBounds {
        /// Units in all.
        stock: u64,
        /// Units handed over.
        issued: u64,
    },
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Stock of a store.
#[async_trait]
pub trait Stock {
    /// Adds units, or takes away unissued ones. Adding clears the sold-out mark; every change raises its version.
    async fn adjust_stock(
        &self,
        operation: &Operation,
        campaign: &CampaignId,
        prize: &PrizeId,
        change: i64,
    ) -> Result<Done<StockLevel>, StockError>;

    /// The stock of every prize of the campaign that ever had one, by name.
    async fn stock(&self, campaign: &CampaignId) -> Result<Vec<(PrizeId, StockLevel)>>;
}
