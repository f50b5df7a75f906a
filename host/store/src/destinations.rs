//! Destinations of webhooks, kept by operators. They are never deleted, since awards name them.

use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::id::DestinationName;
use tombola_domain::time::Timestamp;

use crate::{Done, KeyReused, Operation, Result, StoreError};

/// Destinations that a store keeps, a page of them: each has connections, a place in metrics, and a look at its queue several times a second.
pub const DESTINATIONS_MAX: u64 = 200;

/// A destination as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Its name.
    pub name: DestinationName,
    /// Where messages are sent.
    pub url: String,
    /// The secrets that sign them, sealed under a key from outside of the database.
    pub sealed: Vec<u8>,
    /// How it is called.
    pub limits: Limits,
    /// Goes up by one with each change.
    pub version: u64,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

/// How a destination is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long it may take to connect, in milliseconds.
    pub connect_ms: u32,
    /// How long a call may take in all, in milliseconds.
    pub call_ms: u32,
    /// Calls at once.
    pub calls: u32,
}

/// What a destination is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDestination {
    /// Its name.
    pub name: DestinationName,
    /// Where messages are sent.
    pub url: String,
    /// Its secrets, sealed; `None` leaves those that it has.
    pub sealed: Option<Vec<u8>>,
    /// How it is called.
    pub limits: Limits,
}

impl Destination {
    /// Names what may be known of the destination, in the record of operations: nothing of its secrets.
    pub fn description(&self) -> Digest {
        let Limits { connect_ms, call_ms, calls } = self.limits;
        let numbers = [u64::from(connect_ms), u64::from(call_ms), u64::from(calls), self.version].map(u64::to_be_bytes);
        let mut parts = vec![self.name.as_str().as_bytes(), self.url.as_bytes()];
        parts.extend(numbers.iter().map(|number| &number[..]));
        Digest::tagged("tombola/destination/v1", &parts)
    }
}

/// Why a destination was not changed.
#[derive(Debug, thiserror::Error)]
pub enum DestinationError {
    /// See [`KeyReused`].
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// A new one needs secrets.
    #[error("a new destination needs a secret")]
    NoSecret,
    /// There are [`DESTINATIONS_MAX`].
    #[error("there are {DESTINATIONS_MAX} destinations, which is all there can be")]
    TooMany,
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Destinations of a store.
#[async_trait]
pub trait Destinations {
    /// Makes a destination, or changes one. Answers the version.
    async fn put_destination(&self, operation: &Operation, new: &NewDestination)
    -> Result<Done<u64>, DestinationError>;

    /// One destination.
    async fn destination(&self, name: &DestinationName) -> Result<Option<Destination>>;

    /// Destinations by name above `after`, if given, ascending, at most `limit`.
    async fn destinations(&self, after: Option<&DestinationName>, limit: u32) -> Result<Vec<Destination>>;
}
