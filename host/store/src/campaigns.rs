//! Campaigns: their revisions, which of them is live, and whether it is paused.

use std::collections::BTreeSet;

use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::id::{CampaignId, PrizeId};
use tombola_domain::time::Timestamp;

use crate::{Done, KeyReused, Operation, Result, StoreError};

/// A revision as it was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The campaign.
    pub campaign: CampaignId,
    /// 1, 2, 3… within the campaign.
    pub number: u64,
    /// Of the canonical document.
    pub digest: Digest,
    /// The canonical document (JSON), every rule resolved to a digest.
    pub document: String,
    /// Who published it.
    pub published_by: String,
    /// When.
    pub published_at: Timestamp,
}

/// A revision without its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionSummary {
    /// 1, 2, 3… within the campaign.
    pub number: u64,
    /// Of the canonical document.
    pub digest: Digest,
    /// Who published it.
    pub published_by: String,
    /// When.
    pub published_at: Timestamp,
    /// Whether draws run on it.
    pub live: bool,
}

/// What draws run on: an activation, the epoch and the live revision of every campaign, read at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// The number of the latest activation; 0 before the first.
    pub activation: u64,
    /// The number of the current epoch; `None` before the first.
    pub epoch: Option<u64>,
    /// In the order of the campaigns' names.
    pub revisions: Vec<Revision>,
    /// Those of them that take no draws.
    pub paused: BTreeSet<CampaignId>,
}

/// A revision to publish.
#[derive(Debug, Clone)]
pub struct NewRevision {
    /// The campaign.
    pub campaign: CampaignId,
    /// Of the canonical document.
    pub digest: Digest,
    /// The canonical document.
    pub document: String,
    /// The prizes whose stock is counted, with their opening stock, at most 2^53 - 1 each. It is taken for prizes that have
    /// had none before.
    pub opening_stock: Vec<(PrizeId, u64)>,
    /// The revision that the author started from, where they said so; 0 is none.
    pub expected_live: Option<u64>,
    /// What its author is told of it, for whoever repeats the publish.
    pub remarks: String,
}

/// What an activation came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Activated {
    /// The live revision.
    pub revision: u64,
    /// The activation's number.
    pub activation: u64,
}

/// A campaign that was paused or resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// The live revision.
    pub revision: u64,
    /// Whether the campaign takes no draws.
    pub paused: bool,
    /// The activation's number; the latest one where nothing changed.
    pub activation: u64,
    /// Whether it was otherwise before.
    pub changed: bool,
}

impl Pause {
    /// Names a live revision and whether it takes draws, in the record of operations.
    pub fn digest(revision: &Digest, paused: bool) -> Digest {
        Digest::tagged("tombola/pause/v1", &[revision.as_bytes(), &[u8::from(paused)]])
    }
}

/// Why nothing was activated.
#[derive(Debug, thiserror::Error)]
pub enum ActivateError {
    /// See [`KeyReused`].
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// Another revision than the expected one is live; 0 is none.
    #[error("revision {0} is live")]
    NotExpected(u64),
    /// There is no such revision to go back to.
    #[error("the campaign has no revision {0}")]
    UnknownRevision(u64),
    /// No such campaign was ever published.
    #[error("there is no such campaign")]
    UnknownCampaign,
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Campaigns of a store.
#[async_trait]
pub trait Campaigns {
    /// What draws run on now.
    async fn live(&self) -> Result<Live>;

    /// The number of the latest activation; 0 before the first.
    async fn activation(&self) -> Result<u64>;

    /// What an earlier publish or rollback of the campaign with this operation's key came to, if there was one, with the remarks of a
    /// publish.
    async fn activated(
        &self,
        operation: &Operation,
        campaign: &CampaignId,
    ) -> Result<Option<(Activated, String)>, ActivateError>;

    /// Stores a revision under the next number and makes it live; a paused campaign stays so. When this returns, no draw that was decided on an
    /// older activation can commit any more.
    async fn publish(&self, operation: &Operation, revision: &NewRevision) -> Result<Done<Activated>, ActivateError>;

    /// Makes an earlier revision live again. The same promise as for publishing.
    async fn rollback(
        &self,
        operation: &Operation,
        campaign: &CampaignId,
        to: u64,
        expected_live: Option<u64>,
    ) -> Result<Done<Activated>, ActivateError>;

    /// Pauses a campaign, or lets it go on. Where it is so already nothing changes, which is no error; otherwise the same
    /// promise as for publishing.
    async fn set_paused(
        &self,
        operation: &Operation,
        campaign: &CampaignId,
        paused: bool,
    ) -> Result<Done<Pause>, ActivateError>;

    /// One revision.
    async fn revision(&self, campaign: &CampaignId, number: u64) -> Result<Option<Revision>>;

    /// The revisions of a campaign below `before`, if given, latest first, at most `limit`.
    async fn revisions(&self, campaign: &CampaignId, before: Option<u64>, limit: u32) -> Result<Vec<RevisionSummary>>;
}
