//! What a rebate's receipt commits to without saying it: player, referrer, event and facts.

use crate::digest::Digest;
use crate::fact::Value;
use crate::id::{EventId, PlayerId};
use crate::receipt::{commit_fact, commit_player, value_salt};

/// The values behind the commitments, with the salt that hides them. Kept beside the receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// Random for each receipt. Every value has a salt of its own, derived from it by name ([`value_salt`]), so that one value
    /// can be shown without giving away the others.
    pub salt: [u8; 32],
    /// The player whose event it is. Called `player`.
    pub player: PlayerId,
    /// The player who brought that one. Called `referrer`.
    pub referrer: Option<PlayerId>,
    /// The event. Called `event`.
    pub event: EventId,
    /// The facts that the revision asks for where such an event occurs, by name, in its order.
    pub facts: Vec<(String, Value)>,
}

impl Disclosure {
    /// The commitment to the player.
    pub fn player_commitment(&self) -> Digest {
        commit_player(&value_salt(&self.salt, "player"), &self.player)
    }

    /// The commitment to the referrer.
    pub fn referrer_commitment(&self) -> Option<Digest> {
        self.referrer.as_ref().map(|referrer| commit_player(&value_salt(&self.salt, "referrer"), referrer))
    }

    /// The commitment to the event.
    pub fn event_commitment(&self) -> Digest {
        commit_event(&value_salt(&self.salt, "event"), &self.event)
    }

    /// The commitments to the facts, in order.
    pub fn fact_commitments(&self) -> Vec<(String, Digest)> {
        let facts = self.facts.iter();
        facts.map(|(name, value)| (name.clone(), commit_fact(&value_salt(&self.salt, name), name, value))).collect()
    }
}

/// The commitment to an event's id under a salt.
pub fn commit_event(salt: &[u8; 32], event: &EventId) -> Digest {
    Digest::tagged("tombola/event/v1", &[salt, event.as_str().as_bytes()])
}
