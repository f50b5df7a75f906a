//! The stop button: a paused campaign takes no draws until it is resumed.

use tombola_domain::id::CampaignId;
use tombola_store::campaigns::Pause;
use tombola_store::{Done, Operation};

use crate::intent::Intent;
use crate::live::Live;
use crate::{App, Error, Result};

impl App {
    /// Pauses a campaign, or lets it go on. When a pause returns, no draw that was decided before it can commit any more.
    /// Where it is so already nothing changes, and the answer says so.
    pub async fn set_paused(&self, intent: Intent, campaign: &CampaignId, paused: bool) -> Result<Done<Pause>> {
        let verb: &[u8] = if paused { b"pause" } else { b"resume" };
        let operation = intent.operation(&[verb, campaign.as_str().as_bytes()], self.clock.now());
        let done = self.set_paused_here(&operation, campaign, paused).await?;
        self.have_taken_up(done.result.activation).await;
        Ok(done)
    }

    /// The same, of which the other hosts may not know yet. They have nothing to prepare: what is resumed is live there.
    async fn set_paused_here(&self, operation: &Operation, campaign: &CampaignId, paused: bool) -> Result<Done<Pause>> {
        let _turn = self.activating.lock().await;
        let done = match self.store.set_paused(operation, campaign, paused).await {
            Ok(done) => done,
            Err(error) => return Err(self.not_activated(Error::activation(error, campaign)).await),
        };
        let Pause { activation, changed, .. } = done.result;
        let next = (!done.replayed && changed).then_some(|live: &Live| {
            live.set_paused(activation, campaign, paused);
            tracing::info!(%campaign, paused, activation, "a campaign was paused or resumed");
        });
        self.follow(activation, next).await?;
        Ok(done)
    }
}
