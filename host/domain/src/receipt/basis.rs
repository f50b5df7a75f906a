use super::Terms;
use crate::digest::Digest;
use crate::id::CampaignId;
use crate::rebate;

/// What a decision rests on besides its facts and its seed: the fields with which receipts of all kinds begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis<'a> {
    /// The engine that decided, as [`super::Engine`] is written.
    pub engine: &'a str,
    /// The campaign.
    pub campaign: &'a CampaignId,
    /// The revision's number.
    pub revision: u64,
    /// The revision's digest, which covers document and rules.
    pub revision_digest: Digest,
    /// The modules that the revision runs, ascending, each once.
    pub modules: &'a [Digest],
    /// The epoch's number.
    pub epoch: u64,
    /// What the epoch promised before its first draw.
    pub epoch_commitment: Digest,
}

macro_rules! basis_of {
    ($($terms:ty),+) => {$(
        impl $terms {
            /// What the decision rests on.
            pub fn basis(&self) -> Basis<'_> {
                let Self { engine, campaign, revision, revision_digest, modules, epoch, epoch_commitment, .. } = self;
                Basis {
                    engine,
                    campaign,
                    revision: *revision,
                    revision_digest: *revision_digest,
                    modules,
                    epoch: *epoch,
                    epoch_commitment: *epoch_commitment,
                }
            }
        }
    )+};
}

basis_of!(Terms, rebate::Terms);
