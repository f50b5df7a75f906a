//! What a rebate's receipt commits to without saying it: player, referrer, event and facts.

use crate::digest::Digest;
use crate::id::{EventId, PlayerId};
use crate::receipt::{self, commit_player};

/// The values behind the commitments, with the salt that hides them. Kept beside the receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// What there is of a draw too: the salt, the player whose event it is, and the facts that the revision asks for where such an
    /// event occurs.
    pub values: receipt::Disclosure,
    /// The player who brought that one. Called `referrer`.
    pub referrer: Option<PlayerId>,
    /// The event. Called `event`.
    pub event: EventId,
}

impl Disclosure {
    /// The commitment to the referrer.
    pub fn referrer_commitment(&self) -> Option<Digest> {
        self.referrer.as_ref().map(|referrer| commit_player(&self.values.value_salt("referrer"), referrer))
    }

    /// The commitment to the event.
    pub fn event_commitment(&self) -> Digest {
        commit_event(&self.values.value_salt("event"), &self.event)
    }
}

/// The commitment to an event's id under a salt.
pub fn commit_event(salt: &[u8; 32], event: &EventId) -> Digest {
    Digest::tagged("tombola/event/v1", &[salt, event.as_str().as_bytes()])
}
