mod code;
mod from;
mod full;

use tombola_domain::award::State;
use tombola_domain::chance::Exhausted;
use tombola_domain::digest::Digest;
use tombola_domain::id::UnitName;
use tombola_domain::time::Timestamp;
use tombola_engine::difference::Difference;
use tombola_engine::facts::Refused;
use tombola_engine::finding::Finding;
use tombola_engine::odds::{TooManyWays, TooMuchFuel};
use tombola_engine::rule::{AdmitError, Unavailable};
use tombola_store::StoreError;

pub use self::full::Full;
use crate::admission::NotAdmitted;
use crate::chances::NotGranted;
use crate::draw::Place;
use crate::epoch::SealError;
use crate::events::{NotReversed, NotTaken};
use crate::feed::NotTold;
use crate::holds::NotHeld;

/// Everything that a use case may answer instead of what was asked for. Each variant has a stable code, and each code a page
/// in `host/docs/errors/`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such campaign is published.
    #[error("there is no campaign '{0}'")]
    CampaignUnknown(String),
    /// The campaign's live revision could not be made ready on this host.
    #[error("the campaign '{0}' is not ready on this host")]
    CampaignNotReady(String),
    /// The window has not opened.
    #[error("the campaign opens at {0}")]
    NotOpen(Timestamp),
    /// The window has closed.
    #[error("the campaign closed at {0}")]
    Closed(Timestamp),
    /// An operator paused it.
    #[error("the campaign '{0}' is paused")]
    Paused(String),
    /// The player has no draw left, or fewer than were wanted.
    #[error("{reason}{}", at(*place))]
    Exhausted {
        /// Why.
        reason: Exhausted,
        /// The first draw that is too many, where a count was given.
        place: Option<Place>,
    },
    /// A request attribute may not stand there.
    #[error("the attribute '{name}' can't be used: {reason}")]
    Attribute {
        /// Its name, as it was sent.
        name: String,
        /// Why.
        reason: String,
    },
    /// The key was used for something else.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// Too much is under way.
    #[error("too many requests are under way; try again")]
    Busy,
    /// It was not let in.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// Another write came first, again and again.
    #[error("nothing was written, since other writes came first, again and again; repeat the request")]
    Contended,
    /// It took longer than it may.
    #[error("the request was not done in time; repeat it with the same key")]
    TimedOut,
    /// A rule could not be run, by no fault of its own.
    #[error("a rule could not be run; try again")]
    RuleUnavailable(#[from] Unavailable),
    /// The store failed.
    #[error("{}", of_store(.0))]
    Store(#[source] StoreError),
    /// The document can't be published.
    #[error("the document has findings that keep it from being published")]
    Findings(Vec<Finding>),
    /// Another revision is live than the request starts from; 0 is none.
    #[error("revision {live} is live, which is not the one that the request starts from")]
    NotExpected {
        /// The live one.
        live: u64,
        /// What changed since the one that the request starts from, at most [`crate::publish::DIFFERENCES_MAX`] places;
        /// empty where there is no such revision.
        difference: Vec<Difference>,
    },
    /// There is no such revision.
    #[error("the campaign has no revision {0}")]
    RevisionUnknown(u64),
    /// The upload is no module.
    #[error(transparent)]
    Module(AdmitError),
    /// The name and version of the upload are other bytes.
    #[error("this name and version belong to the module {0}; give the rule a new version")]
    VersionTaken(Digest),
    /// The name of the upload belongs to somebody else.
    #[error("this name belongs to the publisher '{0}'; give the rule another name")]
    NameTaken(String),
    /// There is no such module.
    #[error("there is no module {0}")]
    ModuleUnknown(Digest),
    /// What a receipt names is more than [`crate::audit::BUNDLE_BYTES_MAX`] bytes.
    #[error(
        "what the receipt names has {0} bytes, and a bundle holds {max}; an operator exports it with `tombola export`",
        max = crate::audit::BUNDLE_BYTES_MAX
    )]
    BundleTooLarge(u64),
    /// There is no such draw.
    #[error("there is no draw of this id")]
    DrawUnknown,
    /// The draw is there, and its receipt no longer.
    #[error(
        "the receipt is no longer kept, since the draw's campaign closed long ago; the draw says the hash that it had"
    )]
    ReceiptExpired,
    /// No stock of such a prize is kept.
    #[error("the campaign keeps no stock of the prize '{0}'")]
    StockUnknown(String),
    /// The stock can't be changed so far.
    #[error("{issued} units of {stock} are issued; the change is out of bounds")]
    StockBounds {
        /// Units in all.
        stock: u64,
        /// Units issued.
        issued: u64,
    },
    /// Emptying a list was not confirmed.
    #[error("the list would be empty; say `allow_empty` if it is meant so")]
    ListEmptied,
    /// There is no such list.
    #[error("there is no list '{0}'")]
    ListUnknown(String),
    /// It has more lines than [`crate::lists::MEMBERS_MAX`].
    #[error("a list is replaced by at most {} players", crate::lists::MEMBERS_MAX)]
    ListTooLong,
    /// The odds of the live revision can't be told under these circumstances.
    #[error(transparent)]
    TooManyWays(#[from] TooManyWays),
    /// Nor can they where the rules of a draw take more fuel than it has.
    #[error(transparent)]
    TooMuchFuel(#[from] TooMuchFuel),
    /// A fact was given that can't be used.
    #[error(transparent)]
    Fact(#[from] Refused),
    /// A prize was named that the campaign does not have.
    #[error("the campaign has no prize '{0}'")]
    PrizeUnknown(String),
    /// The ticket of a trial lies outside of the pool that is drawn from.
    #[error("the ticket is {ticket}, and those of the pool '{pool}' lie below {total}")]
    TicketTooHigh {
        /// As it was given.
        ticket: u64,
        /// The pool.
        pool: String,
        /// Its total.
        total: u64,
    },
    /// The pool that a trial draws from does not have the prize that it is to draw.
    #[error("no ticket of the pool '{0}', which is drawn from, draws this prize")]
    NeverDrawn(String),
    /// A player or operator asks for something of an epoch that this host's key does not open.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// Another rotation came first.
    #[error("another epoch is current by now; look at the epochs, and rotate again if that is still wanted")]
    EpochNotCurrent,
    /// There is no such destination.
    #[error("there is no destination '{0}'")]
    DestinationUnknown(String),
    /// A destination can't be so.
    #[error("the destination '{name}' can't be so: {reason}")]
    DestinationRefused {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
    /// A new destination came without a secret.
    #[error("a new destination needs a secret, with which its messages are signed")]
    DestinationWithoutSecret,
    /// Its secrets do not open under this host's key.
    #[error("the secrets of the destination '{0}' do not open under this host's key; give it new ones")]
    DestinationSealed(String),
    /// There is no such pool of codes.
    #[error("there is no code pool '{0}'")]
    CodePoolUnknown(String),
    /// A load has more codes than [`crate::codes::CODES_MAX`].
    #[error("a load has at most {} codes", crate::codes::CODES_MAX)]
    TooManyCodes,
    /// There is no such award.
    #[error("there is no award of this id")]
    AwardUnknown,
    /// An award can't be moved so.
    #[error("the award is {from}, from where it can't be moved to {to}")]
    AwardRefused {
        /// How far it is.
        from: State,
        /// How far it was to be.
        to: State,
    },
    /// Something is to be taken away, and nobody says why.
    #[error("who takes something away says why, in `reason`")]
    ReasonMissing,
    /// Too many awards are to be moved at once.
    #[error("a request moves at most {} awards", crate::awards::BATCH_MAX)]
    TooManyMoves,
    /// A token of this name is there.
    #[error("there is a token of this name; revoke it first")]
    TokenTaken,
    /// The campaign has no such order.
    #[error("there is no order of this id")]
    OrderUnknown,
    /// No operator gave the player that, or took it away.
    #[error(
        "no posting of this number is an operator's adjustment of what the player has; their transfers say which are"
    )]
    AdjustmentUnknown,
    /// Nothing was done about a hold.
    #[error(transparent)]
    Hold(#[from] NotHeld),
    /// The campaign sells no such thing.
    #[error("the campaign sells no '{0}'")]
    SkuUnknown(String),
    /// Fewer are left than are wanted.
    #[error("{left} of it are left")]
    SkuSoldOut {
        /// How many.
        left: u64,
    },
    /// No operator has declared such a unit.
    #[error("there is no unit '{unit}'{}", declared_units(declared))]
    UnitUnknown {
        /// The unit that is named.
        unit: String,
        /// Those that there are, where they were looked at.
        declared: Vec<UnitName>,
    },
    /// A player has less than is wanted.
    #[error("{wanted} {unit} are wanted, and {whose} has {left}")]
    BalanceShort {
        /// Of what.
        unit: String,
        /// Whose, without naming a player.
        whose: String,
        /// How many can be spent.
        left: i64,
        /// How many were wanted.
        wanted: i64,
    },
    /// A campaign has less to give away than is wanted.
    #[error("{wanted} {unit} are wanted, and {whose} has {left}")]
    BudgetShort {
        /// Of what.
        unit: String,
        /// Whose.
        whose: String,
        /// How many are left.
        left: i64,
        /// How many were wanted.
        wanted: i64,
    },
    /// There is no room for more of something.
    #[error(transparent)]
    Full(#[from] Full),
    /// Chances were not given, or not taken back.
    #[error(transparent)]
    NotGranted(#[from] NotGranted),
    /// An event was not taken.
    #[error(transparent)]
    Event(#[from] NotTaken),
    /// An event can't be reversed.
    #[error(transparent)]
    NotReversed(#[from] NotReversed),
    /// A part of the feed is not told.
    #[error(transparent)]
    Feed(#[from] NotTold),
    /// There is no such rebate.
    #[error("there is no rebate of this id")]
    RebateUnknown,
    /// There is no revoked token of this name to succeed.
    #[error("there is no revoked token of this name that another could succeed")]
    TokenUnknown,
}

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What failed of the store, of which the log knows the rest.
const fn of_store(error: &StoreError) -> &'static str {
    if error.is_damage() {
        "something that this needs is damaged in the database; the host's log says what, and repeating the request does not help"
    } else {
        "the database is unavailable; repeat the request with the same key"
    }
}

/// Units that a message names at most.
const UNITS_TOLD: usize = 20;

fn declared_units(declared: &[UnitName]) -> String {
    if declared.is_empty() {
        return String::new();
    }
    let names: Vec<_> = declared.iter().take(UNITS_TOLD).map(UnitName::as_str).collect();
    let more = if declared.len() > UNITS_TOLD { ", …" } else { "" };
    format!("; declared are {}{more}", names.join(", "))
}

fn at(place: Option<Place>) -> String {
    place.map(|place| format!(" for {place}")).unwrap_or_default()
}
