//! Receipts of rebates: all that is needed to run the rules of one event again, in one campaign.
//!
//! They are what receipts of draws are (see [`crate::receipt`]), canonically encoded and hashed, with a text of their own at the
//! beginning, so that none can pass for the other.

use super::codec;
use super::{Gain, Recipient, Reward, Room, Standing, Verdict};
use crate::digest::Digest;
use crate::id::{CampaignId, EventType, ListName};
use crate::random::Seed;
use crate::receipt::{DecodeError, Step};
use crate::stock::Token;
use crate::time::Timestamp;

/// What is fixed about a rebate before any stock or budget is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The engine that decided, as [`crate::receipt::Engine`] is written.
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
    /// What kind of event it is.
    pub event_type: EventType,
    /// When it occurred; all facts of time are this moment's.
    pub occurred_at: Timestamp,
    /// When the host was told.
    pub received_at: Timestamp,
    /// The how-manieth event of the player's this is that the campaign's rules ran for, from 1, without gaps.
    pub ordinal: u64,
    /// Where all chance of this rebate comes from.
    pub seed: Seed,
    /// The commitment to the player.
    pub player: Digest,
    /// The commitment to the referrer; `None` where the event names none.
    pub referrer: Option<Digest>,
    /// The commitment to the event's id.
    pub event: Digest,
    /// The commitments to the facts that the revision asks for where such an event occurs, in its order, by name.
    pub facts: Vec<(String, Digest)>,
    /// The lists that were looked at, ascending, with the version that was seen.
    pub lists: Vec<(ListName, u64)>,
    /// How often the player may still win each prize with limits that a reward is of, in the order of the document.
    pub room: Vec<Room>,
    /// What the rules answered, in the order in which they ran.
    pub steps: Vec<Step>,
}

/// A reward and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewarded {
    /// The node that wished it.
    pub node: String,
    /// For whom.
    pub recipient: Recipient,
    /// What.
    pub gain: Gain,
    /// How much of it.
    pub amount: i64,
    /// What became of it.
    pub verdict: Verdict,
}

/// A receipt that waits for its verdicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenReceipt {
    /// What is fixed.
    pub terms: Terms,
    /// The rewards to try, in order; all of them.
    pub rewards: Vec<Reward>,
}

/// The whole receipt of what one campaign gave for one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// What was fixed before any stock or budget was looked at.
    pub terms: Terms,
    /// The rewards, in order, each with its verdict.
    pub rewards: Vec<Rewarded>,
}

impl Rewarded {
    /// The unit of counted stock that it took.
    pub const fn token(&self) -> Option<Token> {
        match self.verdict {
            Verdict::Granted(token) => token,
            _ => None,
        }
    }

    /// Whether it was given, or handed on for another player.
    pub const fn is_granted(&self) -> bool {
        matches!(self.verdict, Verdict::Granted(_))
    }
}

impl Terms {
    /// Where player and referrer stand before the first reward.
    pub fn standing(&self) -> Standing {
        Standing::new(self.referrer.is_some(), &self.room)
    }
}

impl OpenReceipt {
    /// Gives each reward its verdict, in order. `allot` is asked for those that stock and budget decide on, each with its place:
    /// it takes what it grants, and answers [`Verdict::Granted`], [`Verdict::SoldOut`] or [`Verdict::BudgetSpent`]. Where it fails, all of the
    /// event fails, and the caller undoes what was taken.
    pub fn settle<E>(&self, mut allot: impl FnMut(usize, &Reward) -> Result<Verdict, E>) -> Result<Vec<Verdict>, E> {
        let mut standing = self.terms.standing();
        let settle = |(place, reward): (usize, &Reward)| {
            let verdict = match standing.foregone(reward.recipient, &reward.gain) {
                Some(verdict) => verdict,
                None => allot(place, reward)?,
            };
            standing.note(reward.recipient, &reward.gain, verdict);
            Ok(verdict)
        };
        self.rewards.iter().enumerate().map(settle).collect()
    }

    /// Puts each verdict beside its reward: as many as there are.
    pub fn close(self, verdicts: &[Verdict]) -> Receipt {
        assert_eq!(self.rewards.len(), verdicts.len(), "every reward has a verdict");
        let rewards = self.rewards.into_iter().zip(verdicts);
        let rewarded = rewards.map(|(Reward { node, recipient, gain, amount, stocked: _, cost: _ }, verdict)| {
            Rewarded { node, recipient, gain, amount, verdict: *verdict }
        });
        Receipt { terms: self.terms, rewards: rewarded.collect() }
    }
}

impl Receipt {
    /// The rewards that were given.
    pub fn granted(&self) -> impl Iterator<Item = &Rewarded> {
        self.rewards.iter().filter(|rewarded| rewarded.is_granted())
    }

    /// The one encoding of this receipt.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// The receipt that these bytes encode; bytes that [`Self::encode`] would not make are refused.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        codec::decode(bytes)
    }

    /// The hash that clients are told, over the encoded bytes.
    pub fn digest(bytes: &[u8]) -> Digest {
        Digest::tagged("tombola/rebate-receipt/v1", &[bytes])
    }
}
