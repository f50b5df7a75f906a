//! Receipts of campaigns that closed long ago, and room for those that come.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use metrics::{counter, gauge};
use tombola_domain::id::CampaignId;
use tombola_domain::time::Timestamp;
use tombola_store::retention::{Cursor, Expiry};

use crate::{App, Result};

/// Draws that a step looks at: a few milliseconds, and as many receipts go at once at most where they go one by one.
const STEP_DRAWS: u32 = 1_024;
/// Between two steps.
const PAUSE: Duration = Duration::from_millis(20);

/// Draws that lost their receipts.
const DROPPED: &str = "tombola_receipts_dropped_total";
/// When the oldest draw was made that has its receipt, in seconds since 1970.
const SINCE: &str = "tombola_receipts_since_seconds";

impl App {
    /// Sees to it that what is written next has its place, long before it is needed.
    pub async fn make_room(&self) -> Result<()> {
        while self.store.make_room(self.clock.now()).await? {}
        Ok(())
    }

    /// Drops the receipts of campaigns that have been closed for as long as receipts are kept. It ends early where nothing may be written any
    /// more, another host leads, or a campaign changes, and then the next time goes on.
    pub async fn drop_receipts(&self, kept_for: Duration) -> Result<()> {
        let snapshot = self.live.snapshot();
        let now = self.clock.now();
        let is_due = |closes: Option<Timestamp>| closes.is_some_and(|closes| closes.plus(kept_for) <= now);
        let closed: BTreeSet<_> =
            snapshot.campaigns.iter().filter(|(_, live)| is_due(live.closes())).map(|(id, _)| id.clone()).collect();
        if !closed.is_empty() {
            let dropped = self.drop_of(Expiry {
                activation: snapshot.activation,
                closed,
                drawn_before: Timestamp::from_millis(now.as_millis().saturating_sub(millis(kept_for))),
                at: Cursor::default(),
                draws_max: STEP_DRAWS,
            });
            for (campaign, draws) in dropped.await? {
                tracing::info!(%campaign, draws, "receipts of a campaign that closed long ago were dropped");
            }
        }
        if let Some(oldest) = self.store.oldest_receipt().await? {
            gauge!(SINCE).set(Duration::from_secs(oldest.as_seconds().unsigned_abs()).as_secs_f64());
        }
        Ok(())
    }

    async fn drop_of(&self, mut expiry: Expiry) -> Result<BTreeMap<CampaignId, u64>> {
        let mut all = BTreeMap::new();
        while self.writes() && self.store.leads() {
            let dropped = self.store.drop_receipts(&expiry).await?;
            for (campaign, draws) in dropped.draws {
                counter!(DROPPED).increment(draws);
                *all.entry(campaign).or_default() += draws;
            }
            let Some(next) = dropped.next else { break };
            expiry.at = next;
            tokio::time::sleep(PAUSE).await;
        }
        Ok(all)
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
