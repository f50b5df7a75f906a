//! One draw: what was planned, what became of it, and its name.

use data_encoding::BASE32HEX_NOPAD;

use crate::digest::Digest;
use crate::id::{DrawId, PlayerId, PrizeId};
use crate::random::{Seed, mac};
use crate::stock::Token;
use crate::time::{Timestamp, Zone};

/// The wish to hand over one unit of a prize.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The prize.
    pub prize: PrizeId,
    /// Multiplies what is delivered; a grant takes one unit of stock whatever its amount.
    pub amount: i64,
    /// Whether the prize's stock is counted.
    pub stocked: bool,
    /// What it takes of the campaign's budget; 0 is nothing.
    pub cost: i64,
    /// A limit that this player has reached. Known when planning, since no other draw of the player can commit between.
    pub limit: Option<Limit>,
    /// The node that wishes it, as in `guards/banned` or `trees/default/hand-over`.
    pub node: String,
}

/// A limit on a player's wins of one prize.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// In the whole campaign.
    Player,
    /// On one day.
    PlayerDay,
}

/// What became of a grant that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Handed over; with a token where the stock is counted.
    Granted(Option<Token>),
    /// No unit was left, as the prize's mark of this version says.
    SoldOut {
        /// The mark's version.
        mark: u64,
    },
    /// The player may not win more of it.
    LimitReached(Limit),
    /// The campaign's budget had too little left for it, or the account of what the prize has cost too little room.
    BudgetSpent {
        /// How much was left for it.
        left: i64,
    },
}

/// The name of a draw: its month (UTC) and a hash of its player, so that a look-up opens one partition, then 100 bits under
/// the draw's seed, so that nobody can guess it.
pub fn draw_id(player: &PlayerId, seed: &Seed, drawn_at: Timestamp) -> DrawId {
    let secret = mac(seed.as_bytes(), &[b"tombola/draw-id/v1"]);
    let id = dated_id(player, secret.first_chunk().expect("sixteen of thirty-two bytes"), drawn_at);
    id.parse().expect("digits, letters and hyphens are printable")
}

/// A name that carries its month (UTC), a hash of its player and 100 bits of a secret.
pub(crate) fn dated_id(player: &PlayerId, secret: &[u8; 16], at: Timestamp) -> String {
    let month = Zone::UTC.local(at).month;
    let shard = Digest::tagged("tombola/player-shard/v1", &[player.as_str().as_bytes()]);
    format!(
        "{:04}{:02}-{}-{}",
        month.div_euclid(12),
        month.rem_euclid(12) + 1,
        BASE32HEX_NOPAD.encode(&shard.as_bytes()[..2]).to_lowercase(),
        &BASE32HEX_NOPAD.encode(&secret[..13]).to_lowercase()[..20],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_carry_month_and_player() {
        let id = |player: &str, seed: u8, at: &str| {
            draw_id(&player.parse().unwrap(), &Seed::from_bytes([seed; 32]), at.parse().unwrap()).to_string()
        };
        let one = id("alice", 1, "2026-11-23T00:00:00Z");
        assert!(one.starts_with("202611-"), "{one}");
        assert_eq!(one.len(), 6 + 1 + 4 + 1 + 20);
        assert_eq!(one[..11], id("alice", 2, "2026-11-01T00:00:00Z")[..11]);
        assert_ne!(one, id("alice", 2, "2026-11-23T00:00:00Z"));
        assert_ne!(one[7..11], id("bob", 1, "2026-11-23T00:00:00Z")[7..11]);
        assert!(id("alice", 1, "2027-01-01T00:00:00Z").starts_with("202701-"));
    }
}
