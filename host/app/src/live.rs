//! What draws run on: the live revision of every campaign, in memory, replaced as a whole.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::watch;
use tombola_domain::digest::Digest;
use tombola_domain::id::CampaignId;
use tombola_engine::pipeline::Pipeline;

use crate::{Error, Result};

/// How long a draw waits for this host to take up an activation that the store has already: it is being prepared.
const TAKE_UP_DEADLINE: Duration = Duration::from_secs(5);

/// A campaign as draws run on it.
#[derive(Debug)]
pub(crate) struct LiveCampaign {
    pub(crate) revision: u64,
    pub(crate) digest: Digest,
    /// `None` where it could not be made ready on this host.
    pub(crate) pipeline: Option<Arc<Pipeline>>,
}

impl LiveCampaign {
    pub(crate) fn pipeline(&self, id: &CampaignId) -> Result<&Arc<Pipeline>> {
        self.pipeline.as_ref().ok_or_else(|| Error::CampaignNotReady(id.to_string()))
    }
}

/// All campaigns, as of one activation.
#[derive(Debug, Default, Clone)]
pub(crate) struct Snapshot {
    pub(crate) activation: u64,
    pub(crate) campaigns: HashMap<CampaignId, Arc<LiveCampaign>>,
}

/// The current [`Snapshot`].
pub(crate) struct Live {
    snapshot: ArcSwap<Snapshot>,
    activation: watch::Sender<u64>,
}

impl Live {
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        let activation = watch::Sender::new(snapshot.activation);
        Self { snapshot: ArcSwap::from_pointee(snapshot), activation }
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    pub(crate) fn campaign(&self, id: &CampaignId) -> Result<(u64, Arc<LiveCampaign>)> {
        let snapshot = self.snapshot.load();
        let campaign = snapshot.campaigns.get(id).ok_or_else(|| Error::CampaignUnknown(id.to_string()))?;
        Ok((snapshot.activation, Arc::clone(campaign)))
    }

    /// Puts a campaign's new revision in its place. Callers take turns.
    pub(crate) fn activate(&self, activation: u64, id: CampaignId, campaign: LiveCampaign) {
        let mut next = Snapshot::clone(&self.snapshot.load());
        next.campaigns.insert(id, Arc::new(campaign));
        next.activation = activation;
        self.replace(next);
    }

    /// Puts everything in the place of what was there. Callers take turns.
    pub(crate) fn replace(&self, snapshot: Snapshot) {
        let activation = snapshot.activation;
        self.snapshot.store(Arc::new(snapshot));
        self.activation.send_replace(activation);
    }

    /// Waits until this host has taken up `activation`.
    pub(crate) async fn wait_for(&self, activation: u64) -> Result<()> {
        let mut watched = self.activation.subscribe();
        let reached = watched.wait_for(|reached| *reached >= activation);
        match tokio::time::timeout(TAKE_UP_DEADLINE, reached).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Error::TimedOut),
        }
    }
}
