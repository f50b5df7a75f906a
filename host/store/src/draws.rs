//! Draws: the snapshot before, the commit, and what can be read afterwards.

use async_trait::async_trait;
use tombola_domain::award::Delivery;
use tombola_domain::chance::{Holding, Participation};
use tombola_domain::code::CouponCode;
use tombola_domain::digest::Digest;
use tombola_domain::id::{CampaignId, DrawId, IdempotencyKey, ListName, PlayerId, PrizeId, UnitName};
use tombola_domain::receipt::{Disclosure, OpenReceipt};
use tombola_domain::series::Series;
use tombola_domain::signature::Proof;
use tombola_domain::stock::Expected;
use tombola_domain::time::Timestamp;

use crate::{Done, KeyReused, Operation, Result, StoreError};

/// What one draw asks before it decides.
#[derive(Debug, Clone)]
pub struct SnapshotQuery {
    /// The campaign.
    pub campaign: CampaignId,
    /// The player.
    pub player: PlayerId,
    /// The client's key.
    pub key: IdempotencyKey,
    /// Lists whose membership is wanted.
    pub lists: Vec<ListName>,
    /// Prizes whose wins are wanted.
    pub wins: Vec<PrizeId>,
    /// The campaign's local day, for [`Wins::today`].
    pub day: i32,
}

/// What was found, all at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The draws that this key already made.
    pub known: Option<KnownDraws>,
    /// `None` where the player has not taken part yet.
    pub participation: Option<Participation>,
    /// In the order of [`SnapshotQuery::lists`].
    pub lists: Vec<Membership>,
    /// In the order of [`SnapshotQuery::wins`].
    pub wins: Vec<Wins>,
}

/// Draws found under their key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDraws {
    /// The digest of the request that made them.
    pub request: Digest,
    /// All that were committed under the key, in order.
    pub draws: Series<Draw>,
}

/// A player and a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Membership {
    /// Whether the player stands on it.
    pub member: bool,
    /// The list's version; 0 where there is no such list.
    pub version: u64,
}

/// How often a player won a prize.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wins {
    /// In the whole campaign.
    pub total: u64,
    /// On the day that was asked for.
    pub today: u64,
}

/// Decided draws of one player under one key, to be committed together or not at all.
#[derive(Debug, Clone)]
pub struct DrawCommit {
    /// The activation that they were decided on.
    pub activation: u64,
    /// The player. Campaign, draw, time and ordinal stand in the receipts.
    pub player: PlayerId,
    /// The client's key.
    pub key: IdempotencyKey,
    /// The digest of the client's request.
    pub request: Digest,
    /// The version that the snapshot saw; 0 where there was no participation.
    pub expected_version: u64,
    /// The participation after the last of the draws.
    pub participation: Participation,
    /// The campaign's local day, under which wins are counted.
    pub day: i32,
    /// The unit of the campaign's budget, from which what has a cost is taken.
    pub budget: Option<UnitName>,
    /// Whether points that are won are handed over with the commit, where they can be, rather than from their queue.
    pub delivers: bool,
    /// In one campaign, with ordinals that follow each other; each decided as if those before it were made. At most
    /// [`DRAWS_MAX`](tombola_domain::series::DRAWS_MAX).
    pub draws: Series<DecidedDraw>,
}

/// One draw of a [`DrawCommit`].
#[derive(Debug, Clone)]
pub struct DecidedDraw {
    /// The receipt, to be closed with the verdicts of the commit.
    pub receipt: OpenReceipt,
    /// What each grant of the receipt hands over: as many, in the same order.
    pub hand_overs: Vec<HandOver>,
    /// The values behind the receipt's commitments.
    pub disclosure: Disclosure,
    /// What it must come to for the draws after it to hold.
    pub expected: Expected,
}

/// What is recorded of a prize when it is won.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOver {
    /// Its title in the revision that was drawn on.
    pub title: String,
    /// Its `data` in that revision (JSON), as it is shown to clients.
    pub data: Option<String>,
    /// How it reaches its player; `None` where telling of it is all.
    pub delivery: Option<Delivery>,
}

/// Why the draws of one key were left out of their batch. Nothing of them was written, and they are to be decided again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Dropped {
    /// Another write of the player's came first.
    #[error("the participation has changed")]
    VersionChanged,
    /// A newer activation holds; it is named.
    #[error("activation {0} holds")]
    Superseded(u64),
    /// More units of a prize must be fetched before it can be said who gets one.
    #[error("a bucket is empty though the prize may not be")]
    Short,
    /// A draw came to something else than those after it expected: stock was taken or added meanwhile.
    #[error("a draw came to something else than was expected of it")]
    Unforeseen,
}

/// A committed draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// Its name.
    pub id: DrawId,
    /// The campaign.
    pub campaign: CampaignId,
    /// The number of the revision that it ran on.
    pub revision: u64,
    /// The player.
    pub player: PlayerId,
    /// The player's how-manieth draw in the campaign.
    pub ordinal: u64,
    /// What came of it; `None` is nothing.
    pub won: Option<Won>,
    /// The hash of its receipt.
    pub receipt: Digest,
    /// When it began.
    pub drawn_at: Timestamp,
}

/// A won prize.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Won {
    /// The prize.
    pub prize: PrizeId,
    /// Its title when it was won.
    pub title: String,
    /// Its `data` when it was won (JSON).
    pub data: Option<String>,
    /// How much of it.
    pub amount: i64,
    /// The coupon code that was handed over, for who may see the draw: in what a commit answers, in snapshots, and where a draw or a
    /// player is asked for. It stands in no receipt and nowhere in the feed.
    pub code: Option<CouponCode>,
}

/// A receipt with what it commits to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredReceipt {
    /// The draw that it is of.
    pub draw: Draw,
    /// The encoded receipt.
    pub bytes: Vec<u8>,
    /// The values behind its commitments, unless they were erased.
    pub disclosure: Option<Disclosure>,
    /// That the host signed it; `None` where its batch was not sealed.
    pub proof: Option<Proof>,
}

/// Why nothing was erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// See [`KeyReused`].
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A player's last refusal in a campaign, kept for support.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The campaign.
    pub campaign: CampaignId,
    /// The player.
    pub player: PlayerId,
    /// The rule's code.
    pub code: String,
    /// When.
    pub at: Timestamp,
}

/// What is known of a player in a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlayerState {
    /// `None` where the player has not taken part yet.
    pub participation: Option<Participation>,
    /// Their chances, with what of them lapses when.
    pub holding: Holding,
    /// The latest draws, latest first.
    pub draws: Vec<Draw>,
    /// The latest refusal.
    pub refusal: Option<Refusal>,
}

/// Draws of a store.
#[async_trait]
pub trait Draws {
    /// Reads what a draw needs, in one statement: an unchanged version at the commit proves that the key is unused.
    async fn snapshot(&self, query: &SnapshotQuery) -> Result<Snapshot>;

    /// Commits a batch durably, sealed with the host's signature, with the awards and their tasks, and answers for each key in its order. What drops out drops
    /// out with all draws of its key and spoils nothing else, but of the keys of one player only the first that was decided
    /// on the present version is looked at: another is decided again even if that one drops out. When the call fails as a
    /// whole it is unknown what was committed; each key's snapshot tells. Where it fails since something is damaged
    /// ([`StoreError::is_damage`](crate::StoreError::is_damage)), nothing was.
    ///
    /// Points are posted as [`Awards::deliver_in_house`](crate::awards::Awards::deliver_in_house) does it, as of when they were won. What can't be
    /// posted is left to its task.
    async fn commit_draws(&self, batch: &[DrawCommit]) -> Result<Vec<Result<Series<Draw>, Dropped>>>;

    /// The draw of this name.
    async fn draw(&self, id: &DrawId) -> Result<Option<Draw>>;

    /// The receipt of this draw.
    async fn receipt(&self, id: &DrawId) -> Result<Option<StoredReceipt>>;

    /// Receipts in the order of the feed, from those after position `after`, at most `limit`, each with its position. In the place of one
    /// that is damaged stands how.
    async fn receipts(&self, after: u64, limit: u32) -> Result<Vec<(u64, Result<StoredReceipt>)>>;

    /// Erases the values behind the commitments of all receipts of a player, and says of how many. The receipts stay as they are.
    async fn erase_disclosures(&self, operation: &Operation, player: &PlayerId) -> Result<Done<u64>, EraseError>;

    /// Keeps the latest refusal of each player in a campaign, whatever is written later; of several of one moment the last in the slice
    /// holds.
    async fn record_refusals(&self, refusals: &[Refusal]) -> Result<()>;

    /// A player in a campaign, with up to `draws_max` of their latest draws with an ordinal below `before`, if given.
    async fn player(
        &self,
        campaign: &CampaignId,
        player: &PlayerId,
        before: Option<u64>,
        draws_max: u32,
    ) -> Result<PlayerState>;
}
