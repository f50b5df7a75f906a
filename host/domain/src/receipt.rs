//! Receipts: all that is needed to replay one draw, canonically encoded and hashed.
//!
//! A receipt is **open** while the draw waits for its commit and **closed** once each grant that was tried has its verdict.
//! Its bytes are format 2: the text `tombola.receipt`, the format's number, then the fields in the order of [`Receipt`], each
//! length-prefixed, all numbers big-endian. There is one encoding of a receipt, and [`Receipt::decode`] takes no other. Receipts
//! of format 1, which did not say which limits a player had reached, stay what they were.
//!
//! Whatever speaks of a person stands in it as a salted commitment only. Values and salt are kept beside it (see
//! [`Disclosure`]) and can be erased without touching a hash.

mod basis;
mod codec;
mod disclosure;
mod engine;

pub use basis::Basis;
pub use codec::Format;
pub(crate) use codec::limit_of_number;
pub use disclosure::{Disclosure, commit_fact, commit_player};
pub use engine::Engine;

pub use crate::canonical::DecodeError;
use crate::digest::Digest;
use crate::draw::{Grant, Limit, Verdict};
use crate::id::{CampaignId, DrawId, ListName, PoolName, PrizeId};
use crate::random::Seed;
use crate::time::Timestamp;

/// The ticket that was drawn from a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The pool.
    pub pool: PoolName,
    /// The ticket, below `total`.
    pub number: u64,
    /// The sum of the pool's weights.
    pub total: u64,
}

/// What a rule's node answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The node, as in `guards/banned` or `trees/default/lock`.
    pub node: String,
    /// Its outcome, or its fault and what held instead; see `host/docs/receipts.md`.
    pub outcome: String,
    /// Fuel that it took.
    pub fuel: u64,
}

/// A grant that was tried, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The node that wished it.
    pub node: String,
    /// The prize.
    pub prize: PrizeId,
    /// How much of it.
    pub amount: i64,
    /// What became of it.
    pub verdict: Verdict,
}

/// What is fixed about a draw before any stock is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The encoding that this receipt has.
    pub format: Format,
    /// The engine that decided, as [`Engine`] is written.
    pub engine: String,
    /// The campaign.
    pub campaign: CampaignId,
    /// The revision's number.
    pub revision: u64,
    /// The revision's digest, which covers document and rules.
    pub revision_digest: Digest,
    /// The modules that the revision runs, ascending, each once.
    pub modules: Vec<Digest>,
    /// The epoch's number.
    pub epoch: u64,
    /// What the epoch promised before its first draw.
    pub epoch_commitment: Digest,
    /// The draw's name.
    pub draw: DrawId,
    /// When the draw began; all facts of time are this moment's.
    pub drawn_at: Timestamp,
    /// The player's how-manieth draw in this campaign this is, from 1, without gaps.
    pub ordinal: u64,
    /// Where all chance of this draw comes from.
    pub seed: Seed,
    /// The commitment to the player.
    pub player: Digest,
    /// The commitments to the facts that the revision asks for, in its order, by name.
    pub facts: Vec<(String, Digest)>,
    /// The lists that were looked at, ascending, with the version that was seen.
    pub lists: Vec<(ListName, u64)>,
    /// The prizes of which the player could win no more, in the order of the document, each with the limit. Empty in format 1.
    pub limits: Vec<(PrizeId, Limit)>,
    /// The ticket; `None` where a guard's grant ended the chain.
    pub ticket: Option<Ticket>,
    /// What the rules answered, in the order in which they ran.
    pub steps: Vec<Step>,
}

/// A receipt that waits for its draw's verdicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenReceipt {
    /// What is fixed.
    pub terms: Terms,
    /// The grants to try, in order.
    pub grants: Vec<Grant>,
}

/// The whole receipt of one draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// What was fixed before any stock was looked at.
    pub terms: Terms,
    /// The grants that were tried, in order; at most the last was granted. None granted is a draw of nothing.
    pub tried: Vec<Tried>,
}

impl Tried {
    /// Whether it was made.
    pub const fn is_granted(&self) -> bool {
        matches!(self.verdict, Verdict::Granted(_))
    }
}

impl OpenReceipt {
    /// Puts each verdict beside its grant. `verdicts` may be fewer than the grants: what follows a granted one is not tried.
    pub fn tried(&self, verdicts: &[Verdict]) -> Vec<Tried> {
        let tried = self.grants.iter().zip(verdicts);
        let tried = tried.map(|(grant, verdict)| Tried {
            node: grant.node.clone(),
            prize: grant.prize.clone(),
            amount: grant.amount,
            verdict: *verdict,
        });
        tried.collect()
    }

    /// The receipt with these verdicts.
    pub fn close(self, verdicts: &[Verdict]) -> Receipt {
        let tried = self.tried(verdicts);
        Receipt { terms: self.terms, tried }
    }

    /// The encoding of the receipt in which this was tried, for who still needs this one.
    pub fn encode_closed(&self, tried: &[Tried]) -> Vec<u8> {
        codec::encode(&self.terms, tried)
    }
}

impl Receipt {
    /// The grant that was made, if any.
    pub fn granted(&self) -> Option<&Tried> {
        self.tried.last().filter(|tried| tried.is_granted())
    }

    /// The one encoding of this receipt.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(&self.terms, &self.tried)
    }

    /// The receipt that these bytes encode; bytes that [`Self::encode`] would not make are refused.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        codec::decode(bytes)
    }

    /// The hash that clients are told, over the encoded bytes.
    pub fn digest(bytes: &[u8]) -> Digest {
        Digest::tagged("tombola/receipt/v1", &[bytes])
    }
}

#[cfg(test)]
mod tests;
