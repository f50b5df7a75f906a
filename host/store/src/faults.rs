//! Faults: runs of rules that gave no answer, kept for those who mend them.

use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::id::CampaignId;
use tombola_domain::time::Timestamp;

use crate::Result;

/// Faults that are kept of one module; older ones go.
pub const KEPT_MAX: u32 = 100;

/// One failed run. It names no player.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The module that ran.
    pub module: Digest,
    /// The campaign that it ran for.
    pub campaign: CampaignId,
    /// Its revision; `None` for a document that is not published.
    pub revision: Option<u64>,
    /// The node, as in `trees/default/lock`.
    pub node: String,
    /// What it ran in, as the app writes it.
    pub origin: String,
    /// The kind of fault, as the app writes it.
    pub kind: String,
    /// What happened, with a backtrace where there is one.
    pub message: String,
    /// The facts that the rule saw, by name: a JSON object.
    pub facts: String,
    /// When.
    pub at: Timestamp,
}

/// Faults of a store.
#[async_trait]
pub trait Faults {
    /// Keeps faults, oldest first, and of each module the latest [`KEPT_MAX`].
    async fn record_faults(&self, faults: &[Fault]) -> Result<()>;

    /// The faults of a module that are kept, latest first: those in `campaigns`, or all where it is empty.
    async fn faults(&self, module: &Digest, campaigns: &[CampaignId]) -> Result<Vec<Fault>>;
}
