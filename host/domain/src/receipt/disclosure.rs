//! What a receipt commits to without saying it: the player and the facts.

use crate::digest::Digest;
use crate::fact::Value;
use crate::id::PlayerId;
use crate::random::mac;

/// The values behind a receipt's commitments, with the salt that hides them. Kept beside the receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// Random for each receipt. Every value has a salt of its own, derived from it by name, so that one value can be shown
    /// without giving away the others.
    pub salt: [u8; 32],
    /// The player.
    pub player: PlayerId,
    /// The facts that the revision asked for, by name, in its order.
    pub facts: Vec<(String, Value)>,
}

impl Disclosure {
    /// The commitment to the player.
    pub fn player_commitment(&self) -> Digest {
        commit_player(&self.value_salt("player"), &self.player)
    }

    /// The commitments to the facts, in order.
    pub fn fact_commitments(&self) -> Vec<(String, Digest)> {
        let commit = |(name, value): &(String, Value)| (name.clone(), commit_fact(&self.value_salt(name), name, value));
        self.facts.iter().map(commit).collect()
    }

    /// The salt of the value called `name`: a fact's name, or `player`.
    pub fn value_salt(&self, name: &str) -> [u8; 32] {
        mac(&self.salt, &[b"tombola/value-salt/v1", name.as_bytes()])
    }
}

/// The commitment to a player under a salt.
pub fn commit_player(salt: &[u8; 32], player: &PlayerId) -> Digest {
    Digest::tagged("tombola/player/v1", &[salt, player.as_str().as_bytes()])
}

/// The commitment to a fact's value under a salt.
pub fn commit_fact(salt: &[u8; 32], name: &str, value: &Value) -> Digest {
    Digest::tagged("tombola/fact/v1", &[salt, name.as_bytes(), &encode_value(value)])
}

/// A tag byte, then the value; texts and lists are length-prefixed.
fn encode_value(value: &Value) -> Vec<u8> {
    let text = |text: &String| {
        let length = (text.len() as u64).to_be_bytes();
        length.into_iter().chain(text.bytes()).collect::<Vec<u8>>()
    };
    match value {
        Value::None => vec![0],
        Value::Boolean(value) => vec![1, u8::from(*value)],
        Value::Integer(value) => [&[2], &value.to_be_bytes()[..]].concat(),
        Value::Integers(values) => {
            std::iter::once(3).chain(values.iter().flat_map(|value| value.to_be_bytes())).collect()
        }
        Value::Text(value) => [&[4], value.as_bytes()].concat(),
        Value::Texts(values) => std::iter::once(5).chain(values.iter().flat_map(text)).collect(),
    }
}
