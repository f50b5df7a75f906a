//! Awards: what was won, how far each is, and how it came to be so.

use async_trait::async_trait;
use tombola_domain::award::{Delivery, State};
use tombola_domain::code::CouponCode;
use tombola_domain::id::{AwardId, CampaignId, DrawId, EventId, PlayerId, PrizeId, RebateId};
use tombola_domain::task::Queue;
use tombola_domain::time::Timestamp;

use crate::ledger::{NotPosted, Shortfalls};
use crate::outbox::HandedOver;
use crate::{Done, KeyReused, Operation, Result, StoreError};

/// Awards that a page looks at, at most: one that finds few of those that are wanted ends there.
pub const SCANNED_MAX: u32 = 10_000;
/// Awards that are moved by one operation: each is a few rows in one transaction.
pub const MOVES_MAX: usize = 500;
/// Changes that are shown of an award, the latest ones: far more than any has, unless somebody plays with it.
pub const CHANGES_MAX: u32 = 100;

/// A prize that was won.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Award {
    /// Its name.
    pub id: AwardId,
    /// Its position in the feed, which is that of its draw where one won it, and its number as a task.
    pub position: u64,
    /// What won it.
    pub source: Source,
    /// The campaign.
    pub campaign: CampaignId,
    /// Whose it is.
    pub player: PlayerId,
    /// The prize.
    pub prize: PrizeId,
    /// The prize's title when it was won.
    pub title: String,
    /// The prize's `data` when it was won (JSON).
    pub data: Option<String>,
    /// How much of it.
    pub amount: i64,
    /// How it reaches its player; `None` where telling of it is all.
    pub delivery: Option<Delivery>,
    /// How far it is.
    pub state: State,
    /// When it was won.
    pub won_at: Timestamp,
}

/// What won an award.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A draw.
    Draw(DrawId),
    /// An event.
    Rebate(RebateId),
}

impl Source {
    /// The draw, if it was one.
    pub const fn draw(&self) -> Option<&DrawId> {
        match self {
            Self::Draw(draw) => Some(draw),
            Self::Rebate(_) => None,
        }
    }

    /// The rebate, if it was one.
    pub const fn rebate(&self) -> Option<&RebateId> {
        match self {
            Self::Draw(_) => None,
            Self::Rebate(rebate) => Some(rebate),
        }
    }
}

/// A change of an award's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The state since.
    pub state: State,
    /// When.
    pub at: Timestamp,
    /// The operator who did it; `None` is the host.
    pub actor: Option<String>,
    /// Why, or what went wrong; may be empty.
    pub note: String,
}

/// The task that delivers an award.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempts {
    /// How many there were, one under way included.
    pub count: u32,
    /// When it is tried next, or by when the attempt under way ends; `None` once it was given up.
    pub due: Option<Timestamp>,
    /// What went wrong last; empty where nothing did.
    pub reason: String,
}

/// An award and how it came to be as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwardHistory {
    /// The award.
    pub award: Award,
    /// Earliest first, at most the latest [`CHANGES_MAX`]. Before them it had the state of one that was just won.
    pub changes: Vec<Change>,
    /// `None` where the host has nothing to do for it.
    pub attempts: Option<Attempts>,
    /// The coupon code that was handed over.
    pub code: Option<CouponCode>,
}

/// An award that an event won.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WonByEvent {
    /// The award and how it came to be as it is.
    pub history: AwardHistory,
    /// The event; `None` where it is not its player's own, but that of somebody whom they brought.
    pub event: Option<EventId>,
}

/// Which awards are wanted.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Only those of these campaigns; `None` is all of them.
    pub campaigns: Option<Vec<CampaignId>>,
    /// Only those of this prize.
    pub prize: Option<PrizeId>,
    /// Only those that are so far.
    pub state: Option<State>,
    /// Only those at a later position.
    pub after: u64,
}

/// Some of the awards that are wanted, earliest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// They.
    pub awards: Vec<Award>,
    /// After which position to go on; `None` where there are no more.
    pub next: Option<u64>,
}

/// The wish that an award be so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The award.
    pub award: AwardId,
    /// How far.
    pub to: State,
}

/// What became of such a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// It was otherwise.
    From(State),
    /// It was so already.
    Unchanged,
    /// There is no such award among the campaigns that may be touched.
    Unknown,
    /// From where it is it can't be moved there.
    Refused(State),
}

/// Why no award was moved.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// See [`KeyReused`].
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// What was handed over can't be taken back.
    #[error(transparent)]
    NotPosted(#[from] NotPosted),
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the host hands over itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InHouse {
    /// Chances.
    Chances,
    /// Points, by a posting under `award:` and the award's id.
    Points,
}

impl InHouse {
    /// Where its tasks stand.
    pub const fn queue(self) -> Queue {
        match self {
            Self::Chances => Queue::Chances,
            Self::Points => Queue::Points,
        }
    }
}

/// Awards of a store.
#[async_trait]
pub trait Awards {
    /// One award, with its history.
    async fn award(&self, id: &AwardId) -> Result<Option<AwardHistory>>;

    /// Those of these awards that there are, with their histories. In no order.
    async fn histories(&self, awards: &[AwardId]) -> Result<Vec<AwardHistory>>;

    /// The awards at these positions, by position.
    async fn awards_at(&self, positions: &[u64]) -> Result<Vec<Award>>;

    /// Some of the awards that are wanted, at most `limit`. A page may have fewer though more follow: it ends once it has looked
    /// at [`SCANNED_MAX`].
    async fn awards(&self, query: &Query, limit: u32) -> Result<Page>;

    /// What a player won by events in a campaign, their own and those of whom they brought, latest first, at most `limit`; only what is
    /// at a position below `before`, where that is said.
    async fn won_by_events(
        &self,
        campaign: &CampaignId,
        player: &PlayerId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<WonByEvent>>;

    /// Moves at most [`MOVES_MAX`] awards, one after the other, of these campaigns (empty is all), and says for each what became
    /// of it. A failed one that is to be pending is due at once; one that is delivered otherwise is tried no more. One that is
    /// voided is not tried either: if it was not delivered, the unit of stock that it took is there again; if it was, its points are
    /// posted back under `void:award:` and its id, short of which what is said of its campaign holds, and of its chances those are
    /// taken away that are left.
    async fn move_awards(
        &self,
        operation: &Operation,
        moves: &[Move],
        campaigns: &[CampaignId],
        shortfalls: &Shortfalls,
    ) -> Result<Done<Vec<Moved>>, MoveError>;

    /// Delivers at most `limit` of the awards of this kind that are due: they are added to what their players have in the
    /// transaction that ends their tasks, and so once. What can't be added is a dead letter, with the reason; so is what needs
    /// something that is damaged, once it is next.
    async fn deliver_in_house(&self, what: InHouse, now: Timestamp, limit: u32) -> Result<HandedOver>;
}
