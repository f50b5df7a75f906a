//! The ledger: units, postings, and what they came to. The arithmetic is [`tombola_domain::ledger`]'s.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::id::{CampaignId, PlayerId, UnitName};
use tombola_domain::ledger::{Lapse, Lifetime, Refused, Shortfall, Transfer, Wish};
use tombola_domain::stock::Budget;
use tombola_domain::time::Timestamp;

use crate::audit::Verb;
use crate::sweep::{Sweep, Swept};
use crate::{Done, KeyReused, Operation, Result, StoreError};

/// A unit, as operators declare it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Its name.
    pub name: UnitName,
    /// For people.
    pub title: String,
    /// How long what comes in lasts; `None` is for ever. A change holds for what comes in from then on.
    pub lifetime: Option<Lifetime>,
}

impl Unit {
    /// Names the declaration in the record of operations.
    pub fn digest(&self) -> Digest {
        let days = self.lifetime.map_or(0, Lifetime::days).to_be_bytes();
        Digest::tagged("tombola/unit/v1", &[self.name.as_str().as_bytes(), self.title.as_bytes(), &days])
    }

    /// When what comes in at that time lapses.
    pub fn lapse(&self, at: Timestamp) -> Lapse {
        self.lifetime.map_or(Lapse::Never, |lifetime| lifetime.lapse(at))
    }
}

/// The longest business key, in bytes: an event's id, a campaign and a few words.
pub const BUSINESS_KEY_BYTES_MAX: usize = 300;

/// What a posting stands for, in words of its kind, such as `order:<id>`: whatever has it is posted once. It may hold what
/// clients chose, and is never logged.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BusinessKey(String);

/// A text that is no business key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a business key is 1 to {BUSINESS_KEY_BYTES_MAX} printable ASCII characters")]
pub struct BusinessKeyError;

impl BusinessKey {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BusinessKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for BusinessKey {
    type Err = BusinessKeyError;

    fn from_str(text: &str) -> Result<Self, BusinessKeyError> {
        let is_key =
            (1..=BUSINESS_KEY_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if is_key { Ok(Self(text.to_owned())) } else { Err(BusinessKeyError) }
    }
}

macro_rules! whys {
    ($($(#[$doc:meta])* $name:ident: $word:literal;)*) => {
        /// Why something was posted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Why {
            $($(#[$doc])* $name,)*
        }

        impl Why {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word in rows and on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

whys! {
    /// A campaign's budget got more, or less.
    Budget: "budget";
    /// An operator gave it, or took it away.
    Adjustment: "adjustment";
    /// A prize was won.
    Award: "award";
    /// A prize was handed over.
    Delivery: "delivery";
    /// An event was rewarded.
    Reward: "reward";
    /// Something was bought.
    Order: "order";
    /// It is set aside until it is taken or given back.
    Hold: "hold";
    /// What was set aside is taken.
    Capture: "capture";
    /// What was set aside is given back.
    Release: "release";
    /// An earlier posting was taken back.
    Reversal: "reversal";
    /// It was not spent in time.
    Lapse: "lapse";
}

/// A word that is no reason of a posting's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not why anything is posted")]
pub struct ParseWhyError;

impl FromStr for Why {
    type Err = ParseWhyError;

    fn from_str(word: &str) -> Result<Self, ParseWhyError> {
        Self::ALL.iter().copied().find(|why| why.as_str() == word).ok_or(ParseWhyError)
    }
}

/// A posting that is wished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPosting {
    /// The player whom it concerns, to whom the key belongs; `None` where it is the house's business alone.
    pub player: Option<PlayerId>,
    /// What it stands for.
    pub key: BusinessKey,
    /// Why.
    pub why: Why,
    /// Its transfers, at least one.
    pub wishes: Vec<Wish>,
    /// When.
    pub at: Timestamp,
}

impl NewPosting {
    /// Names all that is wished. The same key with another one is a mistake of the caller's.
    pub fn digest(&self) -> Digest {
        let mut parts = vec![self.why.as_str().as_bytes().to_vec()];
        for Wish { unit, from, to, amount, .. } in &self.wishes {
            let ends = [from, to].map(|end| [end.kind(), end.owner(), end.part()]);
            parts.push(unit.as_str().into());
            parts.extend(ends.as_flattened().iter().map(|text| text.as_bytes().to_vec()));
            parts.push(amount.to_be_bytes().into());
        }
        Digest::tagged("tombola/posting/v1", &parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }
}

/// What campaigns say of what is taken back and was spent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shortfalls {
    losses: BTreeSet<CampaignId>,
}

impl Shortfalls {
    /// The house bears what is short in these campaigns; in any other the player owes it.
    pub fn borne_in(losses: impl IntoIterator<Item = CampaignId>) -> Self {
        Self { losses: losses.into_iter().collect() }
    }

    /// What holds in a campaign.
    pub fn of(&self, campaign: &CampaignId) -> Shortfall {
        if self.losses.contains(campaign) { Shortfall::Loss } else { Shortfall::Debt }
    }
}

/// A posting that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Its number: gap-free, from 1.
    pub number: u64,
    /// What it moved. Each transfer has a number, gap-free over all of them.
    pub transfers: Vec<(u64, Transfer)>,
    /// Whether it was made before, and nothing now.
    pub replayed: bool,
}

/// Why a posting was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPosted {
    /// The business key stands for something else.
    #[error("the business key was used for another posting")]
    KeyReused,
    /// No operator has declared it.
    #[error("there is no unit {0}")]
    UnknownUnit(UnitName),
    /// See [`Refused`].
    #[error(transparent)]
    Refused(#[from] Refused),
}

/// Why an operator's posting was not made.
#[derive(Debug, thiserror::Error)]
pub enum OperateError {
    /// See [`KeyReused`].
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// See [`NotPosted`].
    #[error(transparent)]
    NotPosted(#[from] NotPosted),
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an adjustment was not voided.
#[derive(Debug, thiserror::Error)]
pub enum VoidAdjustmentError {
    /// See [`KeyReused`].
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// The player has no posting of this number, or it is no operator's adjustment.
    #[error("there is no adjustment of this number")]
    Unknown,
    /// It can't be posted back.
    #[error(transparent)]
    NotPosted(#[from] NotPosted),
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An operator's posting, with the words under which it is recorded.
#[derive(Debug, Clone)]
pub struct OperatorPosting {
    /// What is done.
    pub verb: Verb,
    /// To what. No player is named.
    pub subject: String,
    /// The campaign that it concerns, where it is one alone.
    pub campaign: Option<CampaignId>,
    /// What is posted.
    pub posting: NewPosting,
}

/// What a player has of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// The unit.
    pub unit: UnitName,
    /// What they can spend, and when it lapses, soonest first.
    pub lots: Vec<(Lapse, i64)>,
    /// What is set aside.
    pub held: i64,
    /// What they owe, at least 0.
    pub owed: i64,
}

/// One line of a player's statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// The transfer's number.
    pub number: u64,
    /// The number of the posting that it was made in.
    pub posting: u64,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub why: Why,
    /// What it moved.
    pub transfer: Transfer,
}

/// Something in the ledger that is other than what was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// In words that name no player.
    pub what: String,
    /// Of what.
    pub unit: UnitName,
    /// What it is.
    pub found: i64,
    /// What transfers come to.
    pub expected: i64,
}

/// The ledger of a store.
#[async_trait]
pub trait Ledger {
    /// Declares a unit, or declares it anew.
    async fn put_unit(&self, operation: &Operation, unit: &Unit) -> Result<Done<()>, OperateError>;

    /// All units, by name.
    async fn units(&self) -> Result<Vec<Unit>>;

    /// Makes postings durably, in one transaction and in their order, and answers for each. One that is refused spoils no other.
    /// When the call fails as a whole it is unknown what was made; repeating it with the same keys tells.
    async fn post(&self, postings: Vec<NewPosting>) -> Result<Vec<Result<Posted, NotPosted>>>;

    /// Makes an operator's posting, recorded like every operation of theirs.
    async fn operate(&self, operation: &Operation, posting: &OperatorPosting) -> Result<Done<u64>, OperateError>;

    /// Posts back what an operator gave a player or took away from them, and names the posting that does. They owe what they have spent of
    /// it, since it belongs to no campaign that could say otherwise. Doing it again changes nothing.
    async fn void_adjustment(
        &self,
        operation: &Operation,
        player: &PlayerId,
        posting: u64,
    ) -> Result<Done<u64>, VoidAdjustmentError>;

    /// What a player has, by unit; what has lapsed by `now` is left out.
    async fn balances(&self, player: &PlayerId, now: Timestamp) -> Result<Vec<Balance>>;

    /// What a campaign may still give away, by unit.
    async fn budgets(&self, campaign: &CampaignId) -> Result<Vec<(UnitName, i64)>>;

    /// What it may still give away of one, and what its prizes have cost of that.
    async fn budget(&self, campaign: &CampaignId, unit: &UnitName) -> Result<Budget>;

    /// A player's transfers in a unit, latest first, from those below number `before` on, at most `limit`.
    async fn statement(
        &self,
        player: &PlayerId,
        unit: &UnitName,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<StatementLine>>;

    /// Takes away what has lapsed of lots.
    async fn lapse(&self, step: &Sweep) -> Result<Swept>;

    /// Adds up everything: each account against its transfers, each player's lots against their balance, and the sum of all. What is
    /// told is wrong.
    async fn prove(&self) -> Result<Vec<Drift>>;
}
