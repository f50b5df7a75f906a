//! What is told of campaigns at intervals: what is live, how many units are left, and whether this host can serve it all. Metric
//! names stand here, so that wiring can describe them.

use std::collections::BTreeSet;

use metrics::gauge;
use tombola_domain::id::{CampaignId, PrizeId};
use tombola_domain::time::Timestamp;
use tombola_engine::pipeline::Pipeline;
use tombola_store::stock::StockLevel;

use crate::live::LiveCampaign;
use crate::{App, Result};

/// 1 where this host can serve every live campaign, 0 where it can't.
const READY: &str = "tombola_ready";
/// 1 where this host does what one host of several has to do, 0 where another one does.
const LEADS: &str = "tombola_leads";
/// The live revision, by campaign.
const CAMPAIGN_REVISION: &str = "tombola_campaign_revision";
/// Units of prizes and of what is sold, by campaign, name and whether they were handed over.
const STOCK_UNITS: &str = "tombola_stock_units";

/// Campaigns that are told of, by name: far more than anybody has open at once.
const CAMPAIGNS_MAX: usize = 1_000;
/// Prizes whose stock is told of, by campaign and name: each is two rows of `/metrics`.
const STOCKS_MAX: usize = 1_000;

/// Names of what is told again and again for as long as it is there: campaigns close, and revisions leave prizes out.
pub const PASSING: [&str; 2] = [CAMPAIGN_REVISION, STOCK_UNITS];

impl App {
    /// Tells how things stand now.
    pub async fn measure(&self) -> Result<()> {
        gauge!(READY).set(f64::from(u8::from(self.ready().await.is_ok())));
        gauge!(LEADS).set(f64::from(u8::from(self.store.leads())));
        let (now, snapshot) = (self.clock.now(), self.live.snapshot());
        let mut current: Vec<_> = snapshot.campaigns.iter().filter(|(_, live)| is_current(live, now)).collect();
        current.sort_by_key(|(campaign, _)| *campaign);
        let mut left = STOCKS_MAX;
        for (campaign, live) in current.into_iter().take(CAMPAIGNS_MAX) {
            gauge!(CAMPAIGN_REVISION, "campaign" => campaign.to_string()).set(number(live.revision));
            let counted = live.pipeline.as_ref().map(|pipeline| counted(pipeline)).unwrap_or_default();
            if left > 0 && !counted.is_empty() {
                left -= self.tell_stock(campaign, &counted, left).await?;
            }
        }
        Ok(())
    }

    /// Tells how many units there are of those, of `max` at most, and answers of how many it told.
    async fn tell_stock(&self, campaign: &CampaignId, counted: &BTreeSet<&PrizeId>, max: usize) -> Result<usize> {
        let stock = self.store.stock(campaign).await?;
        let told: Vec<_> = stock.iter().filter(|(prize, _)| counted.contains(prize)).take(max).collect();
        for (prize, level) in &told {
            tell(campaign, prize, *level);
        }
        Ok(told.len())
    }
}

/// Whether draws may still come: a campaign that has closed changes no more, and its series go. Of one that is not ready it is unknown.
fn is_current(live: &LiveCampaign, now: Timestamp) -> bool {
    live.closes().is_none_or(|closes| now < closes)
}

/// What the live revision counts units of. Of coupon codes their pools tell.
fn counted(pipeline: &Pipeline) -> BTreeSet<&PrizeId> {
    let prizes = pipeline.prizes.iter().filter(|prize| prize.stock.is_some()).map(|prize| &prize.id);
    let skus = pipeline.skus.iter().filter(|sku| sku.stock.is_some()).map(|sku| &sku.id);
    prizes.chain(skus).collect()
}

fn tell(campaign: &CampaignId, prize: &PrizeId, level: StockLevel) {
    let StockLevel { stock, issued, .. } = level;
    for (state, units) in [("free", stock.saturating_sub(issued)), ("issued", issued)] {
        let labels = [("campaign", campaign.to_string()), ("prize", prize.to_string()), ("state", state.to_owned())];
        gauge!(STOCK_UNITS, &labels).set(number(units));
    }
}

#[expect(clippy::cast_precision_loss, reason = "all of these are below 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tombola_domain::digest::Digest;

    use super::*;
    use crate::live::Unready;

    #[test]
    fn campaigns_are_told_of_until_they_close() {
        let at = Timestamp::from_millis;
        let closing = |closes: Option<i64>| {
            let unready = Unready { opens: at(5), closes: closes.map(at), events: BTreeSet::new() };
            LiveCampaign { unready: Some(Arc::new(unready)), ..LiveCampaign::new(1, Digest::of(b""), None) }
        };
        let told = |live: &LiveCampaign| [1, 9, 10].map(|now| is_current(live, at(now)));
        assert_eq!(told(&closing(Some(10))), [true, true, false]);
        assert_eq!(told(&closing(None)), [true; 3]);
        // Nothing is known of it but that it is live.
        assert_eq!(told(&LiveCampaign::new(1, Digest::of(b""), None)), [true; 3]);
    }
}
