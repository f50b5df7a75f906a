//! Who wants something written, under which key, and why.

use tombola_domain::digest::Digest;
use tombola_domain::id::IdempotencyKey;
use tombola_domain::reason::Reason;
use tombola_domain::time::Timestamp;
use tombola_store::Operation;

use crate::{App, Error, Result};

/// What every operator's write is asked with.
#[derive(Debug, Clone)]
pub struct Intent {
    /// The name of the token that asks, or what the server calls itself.
    pub actor: String,
    /// The token's identity; `None` is the server itself.
    pub identity: Option<Digest>,
    /// The client's name for it; `None` where it is never repeated.
    pub key: Option<IdempotencyKey>,
    /// For the record.
    pub reason: Reason,
}

impl Intent {
    /// Of the server, or of somebody at its machine: without a key and a reason.
    pub fn of(actor: &str) -> Self {
        Self { actor: actor.to_owned(), identity: None, key: None, reason: Reason::default() }
    }

    /// Who takes something away says why.
    pub(crate) fn check_reason(&self) -> Result<()> {
        if self.reason.as_str().trim().is_empty() { Err(Error::ReasonMissing) } else { Ok(()) }
    }

    /// The operation that asks for `request`, whose first part is its verb and whose others are as many for each verb.
    pub(crate) fn operation(&self, request: &[&[u8]], at: Timestamp) -> Operation {
        let asked = [request, &[self.reason.as_str().as_bytes()]].concat();
        Operation {
            actor: self.actor.clone(),
            key: self.key.clone(),
            request: Digest::tagged("tombola/operation/v1", &asked),
            at,
            reason: self.reason.clone(),
        }
    }
}

impl App {
    /// Whether the key was used before, so that what it was used for is answered, or refused, once all is known that it is asked for
    /// now.
    pub(crate) async fn is_repeated(&self, intent: &Intent) -> Result<bool> {
        match &intent.key {
            Some(key) => Ok(self.store.is_key_used(&intent.actor, key).await?),
            None => Ok(false),
        }
    }
}
