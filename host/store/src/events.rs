//! Events, and what campaigns gave for them.
//!
//! An event goes to several campaigns at once. Each gives something for it, refuses it, or has it **wait** where it can't decide
//! yet. What one campaign gives is a **rebate**: all of its rewards for the event's player in one transaction, and those for
//! the referrer as a task that is written there.
//!
//! An event may **reverse** an earlier one of its player's, or a part of it: then what campaigns gave for that one is taken back in
//! proportion, and nothing is given for this one.

use std::collections::BTreeMap;

use async_trait::async_trait;
use tombola_domain::chance::TooMany;
use tombola_domain::code::CouponCode;
use tombola_domain::digest::Digest;
use tombola_domain::event::{Part, PartRefused, Tally};
use tombola_domain::id::{AwardId, CampaignId, EventId, EventType, ListName, PlayerId, PrizeId, RebateId, UnitName};
use tombola_domain::ledger::Lapse;
use tombola_domain::rebate::{Disclosure, OpenReceipt, Rewarded};
use tombola_domain::signature::Proof;
use tombola_domain::time::Timestamp;

use crate::draws::{Dropped, HandOver, Membership, Wins};
use crate::ledger::{NotPosted, Shortfalls};
use crate::outbox::HandedOver;
use crate::{Result, StoreError};

/// Something that a player did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The client's name for it, once for each player.
    pub id: EventId,
    /// The player.
    pub player: PlayerId,
    /// What kind it is of.
    pub event_type: EventType,
    /// Who brought the player, if the event says so.
    pub referrer: Option<PlayerId>,
    /// What it says of itself (a JSON object).
    pub attributes: String,
    /// What it takes back instead of earning something.
    pub reverses: Option<Reverses>,
    /// When it occurred.
    pub occurred_at: Timestamp,
    /// When the host was told.
    pub received_at: Timestamp,
}

/// What an event takes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reverses {
    /// An earlier event of the player's.
    pub event: EventId,
    /// How much of it; `None` is what is left.
    pub part: Option<Part>,
}

/// What deciding an event asks for.
#[derive(Debug, Clone)]
pub struct EventQuery {
    /// The player.
    pub player: PlayerId,
    /// The event's id.
    pub id: EventId,
    /// Its type.
    pub event_type: EventType,
    /// The campaigns that are to decide it.
    pub campaigns: Vec<CampaignQuery>,
}

/// What deciding an event in one campaign asks for.
#[derive(Debug, Clone)]
pub struct CampaignQuery {
    /// The campaign.
    pub campaign: CampaignId,
    /// Lists whose membership is wanted.
    pub lists: Vec<ListName>,
    /// Prizes whose wins are wanted.
    pub wins: Vec<PrizeId>,
    /// The day of the event in the campaign's time zone, for [`Wins::today`].
    pub day: i32,
}

/// What was found, all at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSnapshot {
    /// The event, where the id is known.
    pub known: Option<KnownEvent>,
    /// In the order of [`EventQuery::campaigns`].
    pub campaigns: Vec<CampaignState>,
}

/// A player in a campaign before an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignState {
    /// `None` where the player has not taken part yet.
    pub participation: Option<tombola_domain::chance::Participation>,
    /// In the order of [`CampaignQuery::lists`].
    pub lists: Vec<Membership>,
    /// In the order of [`CampaignQuery::wins`].
    pub wins: Vec<Wins>,
    /// The player's earlier events of the type.
    pub tally: Tally,
    /// The player's earlier events of any type.
    pub events: u64,
}

/// An event that was reported, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownEvent {
    /// The event.
    pub event: Event,
    /// The digest of the request that reported it.
    pub request: Digest,
    /// What became of it where, by the campaign's name.
    pub answers: Vec<Answer>,
}

/// What became of an event in one campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The campaign.
    pub campaign: CampaignId,
    /// What became of it there.
    pub outcome: Outcome,
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Its rules ran.
    Decided(Rebate),
    /// The campaign can't take it.
    Refused(Refusal),
    /// It will be decided later.
    Waiting,
    /// What another event earned there was taken back.
    Reversed(TakenBack),
}

/// What was taken back of what one campaign gave for an event. What was taken from a referrer is theirs to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakenBack {
    /// By unit.
    pub points: Vec<PointsBack>,
    /// As many as were left of those that were to be taken.
    pub chances: u64,
    /// Awards that were voided.
    pub awards: Vec<AwardId>,
}

/// Points that were taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointsBack {
    /// The unit.
    pub unit: UnitName,
    /// How many in all.
    pub amount: i64,
    /// How many of them the player owes now.
    pub owed: i64,
    /// How many of them the house lost.
    pub lost: i64,
    /// How many of them had lapsed, which the player misses no more for it.
    pub lapsed: i64,
}

/// Why a campaign does not take an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// A word for programs.
    pub code: String,
    /// For people.
    pub message: String,
}

/// What one campaign gave for one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebate {
    /// Its name.
    pub id: RebateId,
    /// The event.
    pub event: EventId,
    /// Whose.
    pub player: PlayerId,
    /// The campaign.
    pub campaign: CampaignId,
    /// The number of the revision that it was decided on.
    pub revision: u64,
    /// The player's how-manieth event in the campaign.
    pub ordinal: u64,
    /// What was wished, in order, and what became of it.
    pub rewards: Vec<Rewarded>,
    /// The codes that the player got, by the places of their rewards. They are in no receipt, and not told where rebates are read for
    /// anything but their event.
    pub codes: BTreeMap<usize, CouponCode>,
    /// The hash of its receipt.
    pub receipt: Digest,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// How much of its event was reversed since. The feed does not say, since nothing in it changes.
    pub reversed: Option<Part>,
}

/// What campaigns decided about one event, to be committed together or not at all.
#[derive(Debug, Clone)]
pub struct EventCommit {
    /// The activation that it was decided on.
    pub activation: u64,
    /// The event.
    pub event: Event,
    /// The digest of the request that reports it.
    pub request: Digest,
    /// When it is decided: what is given is posted then, and lapses counted from then.
    pub decided_at: Timestamp,
    /// Whether it is reported now; otherwise it is known, and waits in all of the campaigns below.
    pub is_new: bool,
    /// Where it was decided.
    pub rebates: Vec<DecidedRebate>,
    /// Where it is refused.
    pub refused: Vec<(CampaignId, Refusal)>,
    /// Where it waits, and until when.
    pub waiting: Vec<(CampaignId, Timestamp)>,
}

/// What one campaign gives for an event.
#[derive(Debug, Clone)]
pub struct DecidedRebate {
    /// Its name.
    pub id: RebateId,
    /// The version of the participation that the snapshot saw; 0 where there was none.
    pub expected_version: u64,
    /// The tally with this event.
    pub tally: Tally,
    /// The day under which wins are counted.
    pub day: i32,
    /// With how many chances a player begins, if the campaign counts them.
    pub granted: Option<u64>,
    /// When chances lapse that the player gets.
    pub lapse: Lapse,
    /// The unit of the campaign's budget, from which what has a cost is taken.
    pub budget: Option<UnitName>,
    /// The receipt, to be closed with the verdicts of the commit.
    pub receipt: OpenReceipt,
    /// What each reward of the receipt hands over: as many, in the same order; `None` for points and chances.
    pub hand_overs: Vec<Option<HandOver>>,
    /// The values behind the receipt's commitments.
    pub disclosure: Disclosure,
}

/// The wish to take back what an event earned.
#[derive(Debug, Clone)]
pub struct Reversal {
    /// The client's name for it: it is an event of its own.
    pub id: EventId,
    /// Whose.
    pub player: PlayerId,
    /// The digest of the request that reports it.
    pub request: Digest,
    /// What is taken back.
    pub reverses: Reverses,
    /// What kind the reversed event is of, if the client says so.
    pub event_type: Option<EventType>,
    /// In which campaigns; empty is all.
    pub campaigns: Vec<CampaignId>,
    /// What holds where it was spent.
    pub shortfalls: Shortfalls,
    /// When it occurred.
    pub occurred_at: Timestamp,
    /// When the host was told.
    pub received_at: Timestamp,
}

/// Why nothing was taken back.
#[derive(Debug, thiserror::Error)]
pub enum ReverseError {
    /// The player has an event of this id.
    #[error("the player has an event of this id")]
    Known,
    /// The player has no such event, or it went to none of the campaigns.
    #[error("there is no event to be reversed")]
    Unknown,
    /// It is a reversal itself.
    #[error("a reversal is not reversed")]
    IsReversal,
    /// It is of another type than is said.
    #[error("the event is of the type {0}")]
    OtherType(EventType),
    /// See [`PartRefused`].
    #[error(transparent)]
    Refused(#[from] PartRefused),
    /// It is not decided everywhere, so that its part is not known yet.
    #[error("the event waits in {0}")]
    Waits(CampaignId),
    /// Points can't be taken back, or what a referrer is to get could not be posted before.
    #[error(transparent)]
    NotPosted(#[from] NotPosted),
    /// A referrer is to get chances that could not be given before.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The receipt of a rebate with what it commits to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebateReceipt {
    /// The rebate.
    pub rebate: Rebate,
    /// The encoded receipt.
    pub bytes: Vec<u8>,
    /// The values behind its commitments, unless they were erased.
    pub disclosure: Option<Disclosure>,
    /// That the host signed it.
    pub proof: Option<Proof>,
}

/// An event that waits, and is to be looked at again.
#[derive(Debug)]
pub struct Waiting {
    /// The store's own number of it.
    pub number: u64,
    /// The event, or how it is damaged.
    pub event: Result<KnownEvent>,
    /// How often it was looked at.
    pub attempts: u32,
}

/// Events of a store.
#[async_trait]
pub trait Events {
    /// Reads what deciding an event needs, all of one moment: unchanged versions at the commit prove the id unused.
    async fn event_snapshot(&self, query: &EventQuery) -> Result<EventSnapshot>;

    /// Commits what was decided about each of these events durably, sealed with the host's signature, and answers for each in its
    /// order. Points and chances of the player are there at once, prizes are awards with their tasks, and what a referrer
    /// gets is a task. A campaign whose points can't be posted refuses the event, and gives nothing. What drops out spoils nothing else. When the call fails as a whole it is unknown what was committed;
    /// each event's snapshot tells; where something is damaged, nothing was.
    async fn commit_events(&self, batch: &[EventCommit]) -> Result<Vec<Result<Vec<Answer>, Dropped>>>;

    /// Takes back what an event earned, or a part of it, all in one transaction, and answers the reversing event with what was
    /// taken. Of each reward that is its share, rounded down: points, short of which the campaign's rule for that holds; chances
    /// as far as they are left; and prizes, whose awards are voided once the whole is reversed. What is still on its way to a
    /// referrer is handed over before. In campaigns where the event waits, a reversal of the whole ends that. Tallies, ordinals
    /// and receipts stay.
    async fn reverse_event(&self, reversal: &Reversal) -> Result<KnownEvent, ReverseError>;

    /// An event, and what became of it.
    async fn event(&self, player: &PlayerId, id: &EventId) -> Result<Option<KnownEvent>>;

    /// Events that wait in these campaigns and are to be looked at by now, those of each first that are due longest, at most `limit` of
    /// each campaign. One that is damaged keeps no other from being listed.
    async fn waiting_events(&self, campaigns: &[CampaignId], now: Timestamp, limit: u32) -> Result<Vec<Waiting>>;

    /// Has an event that waits looked at again at that time, and no sooner.
    async fn put_off_event(&self, number: u64, due: Timestamp) -> Result<()>;

    /// The receipt of a rebate.
    async fn rebate_receipt(&self, id: &RebateId) -> Result<Option<RebateReceipt>>;

    /// Receipts of rebates in the order of the feed, from those after position `after`, at most `limit`, each with its position. In the
    /// place of one that is damaged stands how.
    async fn rebate_receipts(&self, after: u64, limit: u32) -> Result<Vec<(u64, Result<RebateReceipt>)>>;

    /// Hands over at most `limit` of what was given to referrers and is due, each in the transaction that ends its task. What needs
    /// something that is damaged is given up once it is next.
    async fn deliver_referrals(&self, now: Timestamp, limit: u32) -> Result<HandedOver>;
}
