//! Bearer tokens, kept as hashes.

use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::id::CampaignId;
use tombola_domain::time::Timestamp;

use crate::{Result, StoreError};

/// A token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Unique among tokens that are not revoked; stands in the records of what was done with it.
    pub name: String,
    /// The hash of the secret.
    pub hash: Digest,
    /// What it may do, as the app writes it.
    pub role: String,
    /// The campaigns that it is for; empty is all.
    pub campaigns: Vec<CampaignId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ceases to work, if ever.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}

/// Why a token was not made.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Another token has this name and is not revoked.
    #[error("there is a token of this name")]
    NameTaken,
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Tokens of a store.
#[async_trait]
pub trait Tokens {
    /// Keeps a token.
    async fn create_token(&self, token: &Token) -> Result<(), TokenError>;

    /// The token with this hash, revoked and expired ones included.
    async fn token(&self, hash: &Digest) -> Result<Option<Token>>;

    /// All tokens, by name, then by the time they were made.
    async fn tokens(&self) -> Result<Vec<Token>>;

    /// Revokes the token of this name; `false` where none was there to revoke.
    async fn revoke_token(&self, name: &str, at: Timestamp) -> Result<bool>;
}
