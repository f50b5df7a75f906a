//! What draws run on: the live revision of every campaign, in memory, replaced as a whole.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arc_swap::ArcSwap;
use tombola_domain::digest::Digest;
use tombola_domain::id::CampaignId;
use tombola_domain::ledger::Shortfall;
use tombola_domain::time::Timestamp;
use tombola_engine::document::Document;
use tombola_engine::pipeline::Pipeline;
use tombola_store::ledger::Shortfalls;

use crate::draw::breaker::RuleBreaker;
use crate::draw::pace::Pace;
use crate::epoch::OpenEpoch;
use crate::{Error, Result};

/// A campaign as draws run on it.
#[derive(Debug, Clone)]
pub(crate) struct LiveCampaign {
    pub(crate) revision: u64,
    pub(crate) digest: Digest,
    /// Whether it takes no draws.
    pub(crate) paused: bool,
    /// `None` where it could not be made ready on this host.
    pub(crate) pipeline: Option<Arc<Pipeline>>,
    /// Of one that could not be made ready: what is known of the events that it is told of, if its document can be read.
    pub(crate) unready: Option<Arc<Unready>>,
    pub(crate) pace: Arc<Pace>,
    pub(crate) breaker: Arc<RuleBreaker>,
}

/// A campaign whose rules can't run, as events see it.
#[derive(Debug)]
pub(crate) struct Unready {
    pub(crate) opens: Timestamp,
    pub(crate) closes: Option<Timestamp>,
    /// Types of events that something is given for.
    pub(crate) events: BTreeSet<String>,
}

impl Unready {
    /// What a document says; `None` where its window is no window.
    pub(crate) fn of(document: &Document) -> Option<Self> {
        Some(Self {
            opens: document.window.opens.parse().ok()?,
            closes: document.window.closes.as_ref().map(|closes| closes.parse()).transpose().ok()?,
            events: document.events.keys().cloned().collect(),
        })
    }
}

impl LiveCampaign {
    /// One that is not paused.
    pub(crate) fn new(revision: u64, digest: Digest, pipeline: Option<Arc<Pipeline>>) -> Self {
        let (pace, breaker) = (Arc::default(), Arc::default());
        Self { revision, digest, paused: false, pipeline, unready: None, pace, breaker }
    }

    /// Whether draws and orders are made now.
    pub(crate) fn check_open(&self, id: &CampaignId, now: Timestamp) -> Result<()> {
        let window = &self.pipeline(id)?.window;
        if self.paused {
            return Err(Error::Paused(id.to_string()));
        }
        if now < window.opens {
            return Err(Error::NotOpen(window.opens));
        }
        match window.closes.filter(|closes| now >= *closes) {
            Some(closes) => Err(Error::Closed(closes)),
            None => Ok(()),
        }
    }

    /// When it closes, if ever; unknown of one that is not ready and can't be read.
    pub(crate) fn closes(&self) -> Option<Timestamp> {
        match (&self.pipeline, &self.unready) {
            (Some(pipeline), _) => pipeline.window.closes,
            (None, Some(unready)) => unready.closes,
            (None, None) => None,
        }
    }

    pub(crate) fn pipeline(&self, id: &CampaignId) -> Result<&Arc<Pipeline>> {
        self.pipeline.as_ref().ok_or_else(|| Error::CampaignNotReady(id.to_string()))
    }
}

/// The epoch and all campaigns, as of one activation.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) activation: u64,
    pub(crate) epoch: Arc<OpenEpoch>,
    pub(crate) campaigns: HashMap<CampaignId, Arc<LiveCampaign>>,
}

/// What one draw runs on.
pub(crate) struct Standing {
    pub(crate) activation: u64,
    pub(crate) epoch: Arc<OpenEpoch>,
    pub(crate) campaign: Arc<LiveCampaign>,
}

/// The current [`Snapshot`]. Whoever replaces it has the turn to activate.
pub(crate) struct Live(ArcSwap<Snapshot>);

impl Live {
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        Self(ArcSwap::from_pointee(snapshot))
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.0.load_full()
    }

    pub(crate) fn campaign(&self, id: &CampaignId) -> Result<Arc<LiveCampaign>> {
        self.standing(id).map(|standing| standing.campaign)
    }

    /// What a draw runs on, all of one activation.
    pub(crate) fn standing(&self, id: &CampaignId) -> Result<Standing> {
        let snapshot = self.0.load();
        let campaign = snapshot.campaigns.get(id).ok_or_else(|| Error::CampaignUnknown(id.to_string()))?;
        let (epoch, campaign) = (Arc::clone(&snapshot.epoch), Arc::clone(campaign));
        Ok(Standing { activation: snapshot.activation, epoch, campaign })
    }

    /// What campaigns say of what is taken back and was spent. Of one that is not ready nothing is known.
    pub(crate) fn shortfalls(&self) -> Shortfalls {
        let snapshot = self.0.load();
        let bears = |campaign: &LiveCampaign| {
            campaign.pipeline.as_ref().is_some_and(|pipeline| pipeline.shortfall == Shortfall::Loss)
        };
        Shortfalls::borne_in(
            snapshot.campaigns.iter().filter(|(_, campaign)| bears(campaign)).map(|(id, _)| id.clone()),
        )
    }

    /// Puts a campaign's new revision in its place; a pause stays.
    pub(crate) fn activate(&self, activation: u64, id: CampaignId, mut campaign: LiveCampaign) {
        let mut next = Snapshot::clone(&self.0.load());
        campaign.paused = next.campaigns.get(&id).is_some_and(|before| before.paused);
        next.campaigns.insert(id, Arc::new(campaign));
        next.activation = activation;
        self.replace(next);
    }

    /// Pauses a campaign, or lets it go on.
    pub(crate) fn set_paused(&self, activation: u64, id: &CampaignId, paused: bool) {
        let mut next = Snapshot::clone(&self.0.load());
        if let Some(campaign) = next.campaigns.get_mut(id) {
            *campaign = Arc::new(LiveCampaign { paused, ..LiveCampaign::clone(campaign) });
        }
        next.activation = activation;
        self.replace(next);
    }

    /// Begins an epoch.
    pub(crate) fn rotate(&self, activation: u64, epoch: OpenEpoch) {
        let mut next = Snapshot::clone(&self.0.load());
        next.epoch = Arc::new(epoch);
        next.activation = activation;
        self.replace(next);
    }

    /// Puts everything in the place of what was there.
    pub(crate) fn replace(&self, snapshot: Snapshot) {
        self.0.store(Arc::new(snapshot));
    }
}
