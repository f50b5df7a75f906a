//! Holds: what is set aside of a player's, and how that ends. When a hold ends how is [`tombola_domain::hold`]'s to say.

use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::hold::{Hold, Refused, Wish};
use tombola_domain::id::{HoldId, IdempotencyKey, PlayerId};
use tombola_domain::time::Timestamp;

use crate::ledger::NotPosted;
use crate::sweep::{Sweep, Swept};
use crate::{Done, KeyReused, Operation, Result, StoreError};

/// What is to be done about a hold.
#[derive(Debug, Clone)]
pub enum HoldChange {
    /// It is placed.
    Place(NewHold),
    /// It ends.
    End(HoldEnd),
}

/// A hold that is to be placed. Before it is, what has expired of the same player's is given back.
#[derive(Debug, Clone)]
pub struct NewHold {
    /// The hold, open.
    pub hold: Hold,
    /// The client's key, which belongs to the player.
    pub key: IdempotencyKey,
    /// The digest of the client's request.
    pub request: Digest,
}

/// An end that is wished for.
#[derive(Debug, Clone)]
pub struct HoldEnd {
    /// Whose hold.
    pub player: PlayerId,
    /// Which.
    pub id: HoldId,
    /// How it is to end.
    pub wish: Wish,
    /// When.
    pub at: Timestamp,
}

/// A hold as it is after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// It.
    pub hold: Hold,
    /// Whether an earlier request did it, and this one nothing.
    pub replayed: bool,
}

/// Why nothing was done about a hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotChanged {
    /// The key was used for another request.
    #[error("the key was used for another hold")]
    KeyReused,
    /// The player has as many open holds as there can be, [`tombola_domain::hold::OPEN_MAX`].
    #[error("the player has as many open holds as there can be")]
    TooMany,
    /// The player has no such hold.
    #[error("the player has no hold of this id")]
    Unknown,
    /// It does not end so.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// There is too little to be set aside, or what is to be moved can't be.
    #[error(transparent)]
    NotPosted(#[from] NotPosted),
}

/// Why an operator ended no hold, or undid none.
#[derive(Debug, thiserror::Error)]
pub enum EndHoldError {
    /// See [`KeyReused`].
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// See [`NotChanged`].
    #[error(transparent)]
    NotChanged(#[from] NotChanged),
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Holds of a store.
#[async_trait]
pub trait Holds {
    /// Changes holds durably, in one transaction and in their order, and answers for each. One that is refused spoils no other. When
    /// the call fails as a whole it is unknown what was done; the key of each new hold tells, and how each old one ended. Where something
    /// is damaged, nothing was.
    async fn change_holds(&self, changes: &[HoldChange]) -> Result<Vec<Result<Changed, NotChanged>>>;

    /// Ends a hold in the place of the client that placed it, recorded like every operation of an operator's, and tells it as it is then.
    /// Where it had ended so before nothing is recorded.
    async fn end_hold(&self, operation: &Operation, end: &HoldEnd) -> Result<Done<Hold>, EndHoldError>;

    /// Gives back what was taken of a hold, once, to where it came from, recorded like every operation of an operator's, and tells the hold
    /// as it is then. It pays what the player owes. Doing it again changes nothing.
    async fn void_hold(
        &self,
        operation: &Operation,
        player: &PlayerId,
        id: &HoldId,
    ) -> Result<Done<Hold>, EndHoldError>;

    /// A player's hold.
    async fn hold(&self, player: &PlayerId, id: &HoldId) -> Result<Option<Hold>>;

    /// A player's holds, latest first, from those below number `before` on, at most `limit`, each with its number.
    async fn holds(&self, player: &PlayerId, before: Option<u64>, limit: u32) -> Result<Vec<(u64, Hold)>>;

    /// The hold that was placed under this key, with the digest of its request.
    async fn hold_of_key(&self, player: &PlayerId, key: &IdempotencyKey) -> Result<Option<(Hold, Digest)>>;

    /// Gives back what holds set aside that have expired.
    async fn expire_holds(&self, step: &Sweep) -> Result<Swept>;
}
