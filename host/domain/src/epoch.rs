//! Epochs: spans of draws whose seeds come from one secret, promised beforehand and shown afterwards.

use crate::digest::Digest;
use crate::id::{CampaignId, PlayerId};
use crate::random::{Seed, mac};

/// The secret of an epoch. Its commitment is public before the first draw; who holds it can predict draws.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// The secret with these bytes, which come from the operating system's entropy.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes, for sealing.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What is published before the epoch's first draw.
    pub fn commitment(&self) -> Digest {
        Digest::tagged("tombola/epoch-secret/v1", &[&self.0])
    }

    /// The seed of a player's draw with this ordinal: HMAC-SHA256 over campaign, player and ordinal, length-prefixed.
    /// So an ordinal fixes every random choice of its draw, and repeating a request can't find a better one.
    pub fn seed(&self, campaign: &CampaignId, player: &PlayerId, ordinal: u64) -> Seed {
        Seed::from_bytes(mac(
            &self.0,
            &[
                b"tombola/draw-seed/v1",
                campaign.as_str().as_bytes(),
                player.as_str().as_bytes(),
                &ordinal.to_be_bytes(),
            ],
        ))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_differ_in_every_part() {
        let secret = Secret::from_bytes([1; 32]);
        let seed = |campaign: &str, player: &str, ordinal| {
            *secret.seed(&campaign.parse().unwrap(), &player.parse().unwrap(), ordinal).as_bytes()
        };
        let one = seed("ab", "c", 1);
        assert_eq!(one, seed("ab", "c", 1));
        for other in [seed("a", "bc", 1), seed("ab", "c", 2), seed("ab", "d", 1)] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn secrets_do_not_show_in_logs() {
        assert_eq!(format!("{:?}", Secret::from_bytes([1; 32])), "Secret(…)");
    }
}
