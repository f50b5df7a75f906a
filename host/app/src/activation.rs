//! Taking up what the store has activated. The host that asked for an activation takes it up before it answers; what it missed,
//! since another host asked for it, the commit outlived the call to the store or the caller hung up in between, is found by looking.

use std::sync::Arc;
use std::time::Duration;

use tombola_domain::causes::Causes;

use crate::app::{self, Known};
use crate::live::Live;
use crate::{App, Error, Result};

/// How often it is looked whether an activation or a setting of a switch was missed. Until then draws are decided on what held before: most are dropped
/// by the store and decided again, but what a paused campaign or a closed window refuses never comes so far.
const PERIOD: Duration = Duration::from_millis(250);

impl App {
    /// Sees to it, from a task of its own, that no activation and no setting of a switch stays missed. The task ends with the app.
    pub fn keep_current(app: &Arc<Self>) {
        let kept = Arc::downgrade(app);
        tokio::spawn(async move {
            let mut noted = None;
            loop {
                tokio::time::sleep(PERIOD).await;
                let Some(app) = kept.upgrade() else { break };
                if let Err(error) = app.take_up_switches().await {
                    let error = Causes(&error);
                    tracing::warn!(%error, "what switches are set to could not be looked up");
                }
                if let Err(error) = app.take_up_missed().await {
                    let error = Causes(&error);
                    tracing::warn!(%error, "whether an activation was missed could not be looked up");
                }
                let activation = app.live.snapshot().activation;
                if noted != Some(activation) && app.store.note_activation(activation).await.is_ok() {
                    noted = Some(activation);
                }
            }
        });
    }

    /// Takes up what the store has activated without this host's knowledge, if there is anything.
    pub async fn take_up_missed(&self) -> Result<()> {
        let activation = self.store.activation().await?;
        if self.live.snapshot().activation < activation { self.catch_up(activation).await } else { Ok(()) }
    }

    /// Sees to it that this host has taken up `activation`, which the store has. It is on its way where somebody has the turn.
    pub(crate) async fn catch_up(&self, activation: u64) -> Result<()> {
        let _turn = self.activating.lock().await;
        self.reach(activation).await
    }

    /// Takes up what the store has activated: by `next` where it is the very next activation and this host knows what it is,
    /// otherwise by reading anew, since one before it was committed though its call to the store failed. The caller has the turn.
    pub(crate) async fn follow(&self, activation: u64, next: Option<impl FnOnce(&Live)>) -> Result<()> {
        match (activation.saturating_sub(self.live.snapshot().activation), next) {
            (0, _) => Ok(()),
            (1, Some(next)) => {
                next(&self.live);
                Ok(())
            }
            _ => self.read_anew().await,
        }
    }

    /// The error of a call that was to activate something. The store may have activated it all the same, or another thing before
    /// it: whoever asks again should find this host knowing. The caller has the turn.
    pub(crate) async fn not_activated(&self, error: Error) -> Error {
        let looked = async { self.reach(self.store.activation().await?).await };
        if let Err(error) = looked.await {
            tracing::debug!(error = %Causes(&error), "what is live could not be read after a failure");
        }
        error
    }

    /// Reads anew where this host is not as far as `activation`. The caller has the turn.
    async fn reach(&self, activation: u64) -> Result<()> {
        if self.live.snapshot().activation < activation { self.read_anew().await } else { Ok(()) }
    }

    /// Reads what is live. The caller has the turn.
    async fn read_anew(&self) -> Result<()> {
        let before = self.live.snapshot();
        let known = Known { live: Some(Arc::clone(&before)), prepared: Some(&self.prepared) };
        let live = app::load(&*self.store, &*self.rules, &self.host_key, &known).await?;
        tracing::info!(activation = live.activation, "this host took up what it had not activated itself");
        for (id, campaign) in &live.campaigns {
            if before.campaigns.get(id).is_none_or(|before| before.revision != campaign.revision) {
                self.slow.forgive(id);
            }
        }
        self.live.replace(live);
        Ok(())
    }
}
