//! Stock that operators see and change while a campaign runs.

use tombola_domain::id::{CampaignId, PrizeId};
use tombola_store::Done;
use tombola_store::stock::StockLevel;

use crate::intent::Intent;
use crate::{App, Error, Result};

/// A change of stock.
#[derive(Debug, Clone)]
pub struct StockChange {
    /// Who asks, and why.
    pub intent: Intent,
    /// The campaign.
    pub campaign: CampaignId,
    /// The prize.
    pub prize: PrizeId,
    /// Units to add; below zero, to take away.
    pub add: i64,
}

impl App {
    /// Adds units of a prize, or takes away unissued ones.
    pub async fn adjust_stock(&self, change: StockChange) -> Result<Done<StockLevel>> {
        let StockChange { intent, campaign, prize, add } = change;
        if add < 0 {
            intent.check_reason()?;
        }
        let request = [b"stock", campaign.as_str().as_bytes(), prize.as_str().as_bytes(), &add.to_be_bytes()];
        let operation = intent.operation(&request, self.clock.now());
        let done = self.store.adjust_stock(&operation, &campaign, &prize, add).await;
        done.map_err(|error| Error::stock(error, prize.as_str()))
    }

    /// The stock of every prize of the campaign that ever had one.
    pub async fn stock(&self, campaign: &CampaignId) -> Result<Vec<(PrizeId, StockLevel)>> {
        Ok(self.store.stock(campaign).await?)
    }
}
