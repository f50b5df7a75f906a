//! Epochs: sealed secrets and public commitments.

use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::time::Timestamp;

use crate::Result;

/// An epoch as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epoch {
    /// 1, 2, 3…
    pub number: u64,
    /// What was published before its first draw.
    pub commitment: Digest,
    /// Its secret, sealed under a key from outside of the database.
    pub sealed: Vec<u8>,
    /// When it began.
    pub began_at: Timestamp,
}

/// Epochs of a store.
#[async_trait]
pub trait Epochs {
    /// The epoch that draws belong to now.
    async fn epoch(&self) -> Result<Option<Epoch>>;

    /// Begins the first epoch. Where one has begun already, that one is answered and nothing is written.
    async fn begin_first_epoch(&self, epoch: &Epoch) -> Result<Epoch>;
}
