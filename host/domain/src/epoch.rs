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
        self.numbered(b"tombola/draw-seed/v1", campaign, player, ordinal)
    }

    /// The seed of what a campaign gives for a player's event, by the ordinal among all of the player's events that it gave
    /// something for. Unlike the seed of any draw.
    pub fn rebate_seed(&self, campaign: &CampaignId, player: &PlayerId, ordinal: u64) -> Seed {
        self.numbered(b"tombola/rebate-seed/v1", campaign, player, ordinal)
    }

    fn numbered(&self, label: &[u8], campaign: &CampaignId, player: &PlayerId, ordinal: u64) -> Seed {
        let (campaign, player) = (campaign.as_str().as_bytes(), player.as_str().as_bytes());
        Seed::from_bytes(mac(&self.0, &[label, campaign, player, &ordinal.to_be_bytes()]))
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
    fn no_rebate_has_the_seed_of_a_draw() {
        let (secret, campaign, player) = (Secret::from_bytes([1; 32]), "ab".parse().unwrap(), "c".parse().unwrap());
        let seeds: std::collections::HashSet<[u8; 32]> = (0..50)
            .flat_map(|ordinal| {
                [secret.seed(&campaign, &player, ordinal), secret.rebate_seed(&campaign, &player, ordinal)]
            })
            .map(|seed| *seed.as_bytes())
            .collect();
        assert_eq!(seeds.len(), 100);
    }

    #[test]
    fn secrets_do_not_show_in_logs() {
        assert_eq!(format!("{:?}", Secret::from_bytes([1; 32])), "Secret(…)");
    }
}
