use tombola_domain::digest::Digest;
use tombola_domain::id::IdempotencyKey;
use tombola_domain::reason::Reason;
use tombola_domain::time::Timestamp;

/// Who writes, when, why, and under which key. A key belongs to its actor.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The name of the token that asked, or what the server calls itself.
    pub actor: String,
    /// The client's key; `None` for the server's own set-up.
    pub key: Option<IdempotencyKey>,
    /// The digest of all that was asked. The same key with another one is a mistake of the client's.
    pub request: Digest,
    /// When it was asked.
    pub at: Timestamp,
    /// Why, for the record.
    pub reason: Reason,
}

/// A write that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done<T> {
    /// What it came to.
    pub result: T,
    /// Whether an earlier operation with the same key did it, and this one nothing.
    pub replayed: bool,
}

/// The key was used for another request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this idempotency key was used for another request")]
pub struct KeyReused;
