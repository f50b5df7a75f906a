//! Stock that operators see and change while a campaign runs.

use tombola_domain::digest::Digest;
use tombola_domain::id::{CampaignId, IdempotencyKey, PrizeId};
use tombola_store::stock::StockLevel;
use tombola_store::{Done, Operation};

use crate::{App, Error, Result};

/// A change of stock.
#[derive(Debug, Clone)]
pub struct StockChange {
    /// The name of the token that asks.
    pub actor: String,
    /// The client's name for it.
    pub key: IdempotencyKey,
    /// The campaign.
    pub campaign: CampaignId,
    /// The prize.
    pub prize: PrizeId,
    /// Units to add; below zero, to take away.
    pub add: i64,
    /// Why, for the record.
    pub reason: String,
}

impl App {
    /// Adds units of a prize, or takes away unissued ones.
    pub async fn adjust_stock(&self, change: StockChange) -> Result<Done<StockLevel>> {
        let StockChange { actor, key, campaign, prize, add, reason } = change;
        let parts =
            [b"stock", campaign.as_str().as_bytes(), prize.as_str().as_bytes(), &add.to_be_bytes(), reason.as_bytes()];
        let request = Digest::tagged("tombola/operation/v1", &parts);
        let operation = Operation { actor, key: Some(key), request, at: self.clock.now() };
        let done = self.store.adjust_stock(&operation, &campaign, &prize, add, &reason).await;
        done.map_err(|error| Error::stock(error, prize.as_str()))
    }

    /// The stock of every prize of the campaign that ever had one.
    pub async fn stock(&self, campaign: &CampaignId) -> Result<Vec<(PrizeId, StockLevel)>> {
        Ok(self.store.stock(campaign).await?)
    }
}
