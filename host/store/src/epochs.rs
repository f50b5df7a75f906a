//! Epochs: sealed secrets and public commitments.
//!
//! There is one **current** epoch, to which draws belong, and one that is **announced**: its commitment is public before it can have
//! a draw. Rotating ends the first, whose secret is shown from then on, begins the second and announces a third. It is an
//! activation: no draw that was decided in the ended epoch commits afterwards.

use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::epoch::Secret;
use tombola_domain::signature::PublicKey;
use tombola_domain::time::Timestamp;

use crate::{Done, KeyReused, Operation, Result, StoreError};

/// An epoch as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epoch {
    /// 1, 2, 3…
    pub number: u64,
    /// What was published before its first draw.
    pub commitment: Digest,
    /// Its secret, sealed under a key from outside of the database.
    pub sealed: Vec<u8>,
    /// How far it is.
    pub phase: Phase,
}

/// How far an epoch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// It comes next.
    Announced,
    /// Draws belong to it.
    Current {
        /// Since when.
        began_at: Timestamp,
    },
    /// It is over, and its secret is shown.
    Ended {
        /// When it began.
        began_at: Timestamp,
        /// When it ended.
        ended_at: Timestamp,
        /// For everybody.
        secret: Secret,
    },
    /// It was given up without a rotation, in a database that was restored from a copy. Its secret is not shown: the database that
    /// the copy was made of may still draw on it.
    Abandoned {
        /// When it began, if it did.
        began_at: Option<Timestamp>,
        /// When it was given up.
        ended_at: Timestamp,
    },
}

/// An epoch to announce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEpoch {
    /// Of its secret.
    pub commitment: Digest,
    /// Its secret, sealed.
    pub sealed: Vec<u8>,
}

/// The end of one epoch and the beginning of the next.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// The number of the epoch to end, which must be current.
    pub ends: u64,
    /// Its secret, to be shown.
    pub secret: Secret,
    /// What is announced after it.
    pub next: NewEpoch,
}

/// What a rotation came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotated {
    /// The epoch that is current now.
    pub epoch: u64,
    /// The activation's number.
    pub activation: u64,
}

/// Why nothing was rotated.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// See [`KeyReused`].
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// Another epoch is current.
    #[error("another epoch is current")]
    NotCurrent,
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Epochs of a store.
#[async_trait]
pub trait Epochs {
    /// Epochs with a number below `before`, if given, latest first, at most `limit`.
    async fn epochs(&self, before: Option<u64>, limit: u32) -> Result<Vec<Epoch>>;

    /// The epoch of this number.
    async fn epoch(&self, number: u64) -> Result<Option<Epoch>>;

    /// Sees to it that there is a current epoch and an announced one, taking these, in this order, for what is missing.
    async fn begin_epochs(&self, new: [NewEpoch; 2], at: Timestamp) -> Result<()>;

    /// Gives up the current and the announced epoch and begins anew with these, for a database that was restored from a copy. It
    /// is an activation, recorded like what operators do, and makes the database an original of its own: again there is nothing to
    /// give up. Where the latest epoch is another one than that of this number, 0 for none, somebody else has begun anew meanwhile, and
    /// nothing is done.
    async fn abandon_epochs(&self, operation: &Operation, latest: u64, new: [NewEpoch; 2]) -> Result<()>;

    /// Ends the current epoch and begins the announced one.
    async fn rotate_epoch(&self, operation: &Operation, rotation: &Rotation) -> Result<Done<Rotated>, RotateError>;

    /// Notes a key with which draws are sealed from now on; again is no error.
    async fn record_signing_key(&self, key: PublicKey, since: Timestamp) -> Result<()>;

    /// Every key that was noted, with the time of the first note, earliest first.
    async fn signing_keys(&self) -> Result<Vec<(PublicKey, Timestamp)>>;
}
