//! Campaigns that could not be made ready on this host are tried again, ever more seldom.

use std::sync::Arc;
use std::time::Duration;

use tombola_domain::causes::Causes;
use tombola_domain::id::CampaignId;
use tombola_protection::Backoff;

use crate::live::LiveCampaign;
use crate::{App, Result};

/// The first wait is as long as the time between two looks at whether there is anything to do. As for the longest: what failed so
/// often waits for an operator, and whoever mends it should not wait long.
const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_mins(5) };

impl App {
    /// Sees to it, from a task of its own, that what is not ready is tried again. The task ends with the app.
    pub fn keep_ready(app: &Arc<Self>) {
        let kept = Arc::downgrade(app);
        tokio::spawn(async move {
            let (mut tries, mut delay) = (0, BACKOFF.first);
            loop {
                tokio::time::sleep(delay).await;
                let Some(app) = kept.upgrade() else { break };
                tries = if app.unready().is_empty() { 0 } else { tries + 1 };
                delay = BACKOFF.wait(tries, app.entropy.number());
                if let Err(error) = app.retry_unready().await {
                    tracing::warn!(
                        error = %Causes(&error),
                        "what is not ready could not be tried again"
                    );
                }
            }
        });
    }

    /// Tries once more to make ready what is not, and answers how many campaigns still are not.
    pub async fn retry_unready(&self) -> Result<usize> {
        for (id, number) in self.unready() {
            let Some(stored) = self.store.revision(&id, number).await? else { continue };
            // Compiling takes its time, outside of any turn.
            match crate::app::make_ready(&*self.store, &*self.rules, &stored).await {
                Ok(ready) => self.take_up(id, ready).await,
                Err(crate::Error::RuleUnavailable(error)) => {
                    tracing::warn!(campaign = %id, error = %Causes(&error), "a live revision is still not ready");
                }
                // The others are not its hostages.
                Err(error) => {
                    let error = Causes(&error);
                    tracing::warn!(campaign = %id, %error, "a live revision could not be tried again");
                }
            }
        }
        Ok(self.unready().len())
    }

    /// The live revisions that are not ready.
    fn unready(&self) -> Vec<(CampaignId, u64)> {
        let snapshot = self.live.snapshot();
        let unready = snapshot.campaigns.iter().filter(|(_, live)| live.pipeline.is_none());
        unready.map(|(id, live)| (id.clone(), live.revision)).collect()
    }

    /// Puts a revision that is ready by now in its place, unless another went live meanwhile.
    async fn take_up(&self, id: CampaignId, ready: LiveCampaign) {
        let _turn = self.activating.lock().await;
        let snapshot = self.live.snapshot();
        let is_awaited = |live: &Arc<LiveCampaign>| live.pipeline.is_none() && live.revision == ready.revision;
        if ready.pipeline.is_some() && snapshot.campaigns.get(&id).is_some_and(is_awaited) {
            tracing::info!(campaign = %id, revision = ready.revision, "a live revision has become ready");
            self.live.activate(snapshot.activation, id, ready);
        }
    }
}
