//! Rebates: what a campaign gives for one event of a player's.
//!
//! What is given is a list of **rewards**. Each has a **verdict** of its own: unlike the grants of a draw, of which the first
//! that can be had is made, they add up. [`OpenReceipt::settle`] is the one place that says in which order they are tried, and
//! what is settled before any stock or budget is asked for.

mod codec;
mod disclosure;
mod receipt;
mod standing;

pub use disclosure::{Disclosure, commit_event};
pub use receipt::{OpenReceipt, Receipt, Rewarded, Terms};
pub use standing::Standing;

use crate::draw::{self, Limit, dated_id};
use crate::id::{PlayerId, PrizeId, RebateId, UnitName};
use crate::random::{Seed, mac};
use crate::stock::Token;
use crate::time::Timestamp;

/// The name of what a campaign gave for an event, made like a draw's from its own seed, so that nobody can guess it.
pub fn rebate_id(player: &PlayerId, seed: &Seed, received_at: Timestamp) -> RebateId {
    let secret = mac(seed.as_bytes(), &[b"tombola/rebate-id/v1"]);
    let id = dated_id(player, secret.first_chunk().expect("sixteen of thirty-two bytes"), received_at);
    id.parse().expect("digits, letters and hyphens are printable")
}

/// Whose a reward is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recipient {
    /// The player whose event it is.
    Player,
    /// The player who brought that one, as the event says.
    Referrer,
}

/// What a reward is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gain {
    /// Points of a unit.
    Points(UnitName),
    /// Chances to draw in the campaign.
    Chances,
    /// A prize of the campaign. One unit of stock, whatever the amount.
    Prize(PrizeId),
}

/// The wish to give something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reward {
    /// The node that wishes it, as in `rebates/sign-in`.
    pub node: String,
    /// For whom.
    pub recipient: Recipient,
    /// What.
    pub gain: Gain,
    /// How much of it.
    pub amount: i64,
    /// Whether it is a prize whose stock is counted.
    pub stocked: bool,
    /// What it takes of the campaign's budget; 0 is nothing.
    pub cost: i64,
}

/// What became of a reward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Given, or handed on for another player; with a token where the stock is counted.
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
    /// It was for a referrer, and the event names none.
    NoReferrer,
}

impl From<draw::Verdict> for Verdict {
    fn from(verdict: draw::Verdict) -> Self {
        match verdict {
            draw::Verdict::Granted(token) => Self::Granted(token),
            draw::Verdict::SoldOut { mark } => Self::SoldOut { mark },
            draw::Verdict::LimitReached(limit) => Self::LimitReached(limit),
            draw::Verdict::BudgetSpent { left } => Self::BudgetSpent { left },
        }
    }
}

/// How often the player may still win a prize that has limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// The prize.
    pub prize: PrizeId,
    /// The limit that is reached first.
    pub limit: Limit,
    /// Wins that it leaves before the event.
    pub left: u64,
}

#[cfg(test)]
mod tests;
