//! The feed: all that happened, in the order in which it was committed.
//!
//! Everything that stands in it has a position: 1, 2, 3… without a gap. What was read once is read the same again, until it is
//! erased. Values that only some may see stand nowhere in it: no secret, and no code that was handed over.

use async_trait::async_trait;
use tombola_domain::award::State;
use tombola_domain::id::{AwardId, CampaignId, PlayerId, PrizeId};
use tombola_domain::time::Timestamp;

use crate::Result;
use crate::draws::Draw;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A draw was made. What it won is an award that is so far.
    Drawn(Draw, Option<State>),
    /// An award's state changed.
    Moved(AwardMoved),
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
    /// The campaign that it happened in.
    pub fn campaign(&self) -> &CampaignId {
        match self {
            Self::Drawn(draw, _) => &draw.campaign,
            Self::Moved(moved) => &moved.campaign,
        }
    }
}

/// The feed of a store.
#[async_trait]
pub trait Feed {
    /// What stands at the positions after `after`, at most `limit` of them, each with its position.
    async fn feed(&self, after: u64, limit: u32) -> Result<Vec<(u64, Event)>>;
}
