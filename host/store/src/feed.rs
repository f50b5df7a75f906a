//! The feed: all that happened, in the order in which it was committed.
//!
//! Everything that stands in it has a position: 1, 2, 3… without a gap. What was read once is read the same again, until it is
//! erased. Values that only some may see stand nowhere in it: no secret, and no code that was handed over.

use async_trait::async_trait;
use tombola_domain::award::State;
use tombola_domain::id::{AwardId, CampaignId, PlayerId, PrizeId};
use tombola_domain::ledger::Transfer;
use tombola_domain::time::Timestamp;

use crate::awards::Award;
use crate::draws::Draw;
use crate::events::Rebate;
use crate::ledger::{BusinessKey, Why};
use crate::{Result, StoreError};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A draw was made. What it won is an award that is so far.
    Drawn(Draw, Option<State>),
    /// A campaign decided what it gives for an event.
    Rebated(Rebate),
    /// A prize was given for an event; its award is so far.
    Given(Award, State),
    /// An award's state changed.
    Moved(AwardMoved),
    /// Something was posted in the ledger.
    Posted(Posting),
}

/// A posting, for who keeps account of units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Its number.
    pub number: u64,
    /// What it stands for.
    pub key: BusinessKey,
    /// Why.
    pub why: Why,
    /// When.
    pub at: Timestamp,
    /// Its transfers, each with its number.
    pub transfers: Vec<(u64, Transfer)>,
}

/// A change of an award's state, for who keeps account of awards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwardMoved {
    /// The award.
    pub award: AwardId,
    /// The campaign.
    pub campaign: CampaignId,
    /// Whose it is.
    pub player: PlayerId,
    /// The prize.
    pub prize: PrizeId,
    /// The state since.
    pub state: State,
    /// When.
    pub at: Timestamp,
}

impl Event {
    /// The campaign that it happened in; `None` for what is of no campaign alone.
    pub fn campaign(&self) -> Option<&CampaignId> {
        match self {
            Self::Drawn(draw, _) => Some(&draw.campaign),
            Self::Rebated(rebate) => Some(&rebate.campaign),
            Self::Given(award, _) => Some(&award.campaign),
            Self::Moved(moved) => Some(&moved.campaign),
            Self::Posted(_) => None,
        }
    }
}

/// Why a part of the feed is not answered.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// It ends before the position that was asked with: that is of another database, or of this one before it was restored.
    #[error("the feed ends with position {last}")]
    Ahead {
        /// The last position there is; 0 is none.
        last: u64,
    },
    /// What stands at the first position that was asked for can't be read, or nothing does. What comes after it can be asked for.
    #[error("what stands at position {position} of the feed is damaged")]
    Damaged {
        /// The position.
        position: u64,
        /// What is wrong with it.
        #[source]
        source: StoreError,
    },
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The feed of a store.
#[async_trait]
pub trait Feed {
    /// What stands at the positions after `after`, at most `limit` of them, each with its position: fewer where something is damaged, so
    /// that it is the first of what is asked for next.
    async fn feed(&self, after: u64, limit: u32) -> Result<Vec<(u64, Event)>, FeedError>;
}
