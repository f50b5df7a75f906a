//! Bearer tokens, kept as hashes.

use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::id::CampaignId;
use tombola_domain::time::Timestamp;

use crate::{Operation, Result, StoreError};

/// A token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Unique among tokens that are not revoked; stands in the records of what was done with it.
    pub name: String,
    /// The hash of the secret.
    pub hash: Digest,
    /// What belongs to a token, such as the names of the rules that it uploaded, belongs to its identity: the hash of its own
    /// secret, or the identity of the token that it succeeds.
    pub identity: Digest,
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

impl Token {
    /// Names what may be known of the token, in the record of operations: nothing of its secret.
    pub fn description(&self) -> Digest {
        let campaigns: Vec<&str> = self.campaigns.iter().map(CampaignId::as_str).collect();
        // Names hold no line breaks.
        let campaigns = campaigns.join("\n");
        let times = [Some(self.created_at), self.expires_at].map(|time| time.map_or([0; 9], bytes));
        let parts = [self.name.as_bytes(), self.role.as_bytes(), campaigns.as_bytes(), &times[0], &times[1]];
        Digest::tagged("tombola/token-description/v1", &parts)
    }
}

/// A time that is there, unlike any that is not.
fn bytes(time: Timestamp) -> [u8; 9] {
    let mut bytes = [1; 9];
    bytes[1..].copy_from_slice(&time.as_millis().to_be_bytes());
    bytes
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
    async fn create_token(&self, operation: &Operation, token: &Token) -> Result<(), TokenError>;

    /// The token with this hash, revoked and expired ones included.
    async fn token(&self, hash: &Digest) -> Result<Option<Token>>;

    /// All tokens, by name, then by the time they were made.
    async fn tokens(&self) -> Result<Vec<Token>>;

    /// Revokes the token of this name, as of the operation's time; `false` where none was there to revoke.
    async fn revoke_token(&self, operation: &Operation, name: &str) -> Result<bool>;
}
