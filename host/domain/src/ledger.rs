//! Points, coins and the like: who has how many of them, in double entry.
//!
//! An **account** is a holder's, in one **unit**. A **transfer** moves some of a unit from one account to another, so that the
//! sum over all accounts of a unit is always 0: all there is has come out of the house's [`House::Issue`]. A **posting** is
//! transfers that are made together or not at all, under a business key of its own, so that what it stands for is posted once.
//! Nothing is ever changed; what was wrong is posted back.
//!
//! What a player has lies in **lots**, one for each time at which some of it lapses. Whoever spends takes from the lot that
//! lapses soonest. A [`Book`] holds the accounts and lots that some postings touch, and is the one place
//! that says whether and how they are made.

mod book;
mod hold;
mod lots;
mod reversal;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::amount::AMOUNT_MAX;
use crate::id::{CampaignId, PlayerId, PrizeId, UnitName};
use crate::time::{Timestamp, Zone};

pub use book::{Book, Changes};
pub use lots::{Lapse, LotChange, Lots};
pub use reversal::{Shortfall, TakeBack, lapsed_lots, proportion};

/// How much an operator can give or take away at once, so that no slip of theirs uses up what can ever be issued of a unit
/// ([`AMOUNT_MAX`]).
pub const ADJUSTMENT_MAX: i64 = 1_000_000_000_000;

/// What the house keeps accounts of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum House {
    /// Where all there is comes from: what it owes the world, and so never above 0.
    Issue,
    /// What players spent.
    Income,
    /// What was worth something when it was handed over: prizes that left the house.
    Cost,
    /// What lapsed before it was spent.
    Lapsed,
    /// What was to be taken back and had been spent: never above 0.
    Loss,
}

impl House {
    /// Every one, in order.
    pub const ALL: [Self; 5] = [Self::Issue, Self::Income, Self::Cost, Self::Lapsed, Self::Loss];

    /// As it stands in statements and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Income => "income",
            Self::Cost => "cost",
            Self::Lapsed => "lapsed",
            Self::Loss => "loss",
        }
    }
}

/// Whose account it is, and what for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// What a player can spend, in lots.
    Player(PlayerId),
    /// What is set aside of a player's until it is posted or voided.
    Held(PlayerId),
    /// What a player owes: never above 0. What comes in next pays it first.
    Debt(PlayerId),
    /// What a campaign may still give away.
    Budget(CampaignId),
    /// What a prize has cost its campaign's budget.
    Prize(CampaignId, PrizeId),
    /// The house's.
    House(House),
}

impl Account {
    /// Whether this may be its balance, ever.
    pub const fn allows(&self, balance: i64) -> bool {
        match self {
            Self::Debt(_) | Self::House(House::Issue | House::Loss) => -AMOUNT_MAX <= balance && balance <= 0,
            Self::Player(_) | Self::Held(_) | Self::Budget(_) | Self::Prize(..) | Self::House(_) => {
                0 <= balance && balance <= AMOUNT_MAX
            }
        }
    }
}

impl Account {
    /// What it is for, as it stands in the store and in statements.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Player(_) => "player",
            Self::Held(_) => "held",
            Self::Debt(_) => "debt",
            Self::Budget(_) => "budget",
            Self::Prize(..) => "prize",
            Self::House(_) => "house",
        }
    }

    /// Whose it is: a player, a campaign, or empty for the house.
    pub fn owner(&self) -> &str {
        match self {
            Self::Player(player) | Self::Held(player) | Self::Debt(player) => player.as_str(),
            Self::Budget(campaign) | Self::Prize(campaign, _) => campaign.as_str(),
            Self::House(_) => "",
        }
    }

    /// Which of the accounts of this kind: a prize, or what the house keeps it for; empty where there is one alone.
    pub fn part(&self) -> &str {
        match self {
            Self::Prize(_, prize) => prize.as_str(),
            Self::House(house) => house.as_str(),
            _ => "",
        }
    }

    /// The account of this kind, owner and part.
    pub fn from_parts(kind: &str, owner: &str, part: &str) -> Option<Self> {
        let account = match kind {
            "player" => Self::Player(owner.parse().ok()?),
            "held" => Self::Held(owner.parse().ok()?),
            "debt" => Self::Debt(owner.parse().ok()?),
            "budget" => Self::Budget(owner.parse().ok()?),
            "prize" => Self::Prize(owner.parse().ok()?, part.parse().ok()?),
            "house" => Self::House(House::ALL.into_iter().find(|house| house.as_str() == part)?),
            _ => return None,
        };
        (account.owner() == owner && account.part() == part).then_some(account)
    }

    /// The player whose it is.
    pub const fn player(&self) -> Option<&PlayerId> {
        match self {
            Self::Player(player) | Self::Held(player) | Self::Debt(player) => Some(player),
            Self::Budget(_) | Self::Prize(..) | Self::House(_) => None,
        }
    }
}

/// Without a player's id, which stands in no log and no problem.
impl fmt::Display for Account {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Player(_) => out.write_str("the player's balance"),
            Self::Held(_) => out.write_str("what is held of the player's"),
            Self::Debt(_) => out.write_str("the player's debt"),
            Self::Budget(campaign) => write!(out, "the budget of {campaign}"),
            Self::Prize(campaign, prize) => write!(out, "what {campaign} gave of {prize}"),
            Self::House(house) => write!(out, "the house's {}", house.as_str()),
        }
    }
}

/// A transfer that is wished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The unit.
    pub unit: UnitName,
    /// Whose it becomes less.
    pub from: Account,
    /// Whose it becomes more.
    pub to: Account,
    /// How much, from 1 to [`AMOUNT_MAX`].
    pub amount: i64,
    /// When it lapses, where a player gets it.
    pub lapse: Lapse,
}

/// A transfer that was made. Where a player owes, what was wished for them becomes two: what pays the debt, and what is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// The unit.
    pub unit: UnitName,
    /// Whose it became less.
    pub from: Account,
    /// Whose it became more.
    pub to: Account,
    /// How much.
    pub amount: i64,
    /// What became of the player's lots by it.
    pub lots: Vec<LotChange>,
}

/// Why a posting was not made. Nothing of it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is less than is wanted.
    #[error("{wanted} {unit} are wanted of {account}, which has {left}")]
    Short {
        /// Of what.
        unit: UnitName,
        /// Whose.
        account: Account,
        /// How many are left to be spent.
        left: i64,
        /// How many were wanted.
        wanted: i64,
    },
    /// An account would hold more than can be told exactly.
    #[error("{account} would come to more {unit} than can be counted")]
    Full {
        /// Of what.
        unit: UnitName,
        /// Whose.
        account: Account,
    },
}

/// For how many days what comes in can be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime(u32);

/// A number of days that is no lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a lifetime is 1 to {} days", Lifetime::DAYS_MAX)]
pub struct LifetimeError;

impl Lifetime {
    /// A hundred years.
    pub const DAYS_MAX: u32 = 36_525;

    /// So many days.
    pub const fn new(days: u32) -> Result<Self, LifetimeError> {
        if 1 <= days && days <= Self::DAYS_MAX { Ok(Self(days)) } else { Err(LifetimeError) }
    }

    /// How many.
    pub const fn days(self) -> u32 {
        self.0
    }

    /// When that lapses which came in at that time: when the day begins (UTC) after as many days, so that what came in on one day is one
    /// lot.
    pub fn lapse(self, at: Timestamp) -> Lapse {
        self.lapse_in(&Zone::UTC, at)
    }

    /// The same by the days of another zone.
    pub fn lapse_in(self, zone: &Zone, at: Timestamp) -> Lapse {
        let days = i32::try_from(self.0).unwrap_or(i32::MAX).saturating_add(1);
        Lapse::At(zone.day_begins(zone.local(at).day.saturating_add(days)))
    }
}
