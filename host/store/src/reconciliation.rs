//! Whether what is kept twice is the same twice: draws and awards, awards and the ledger, counts and what they count.
//!
//! A **pass** goes through everything in **steps**. Each compares the rows of a range of keys as one moment shows them, so that
//! nothing that is under way is ever half seen, and keeps nobody from writing. What it finds is **settled**: kept as a
//! [`Difference`], and repaired where that is provably safe.

use std::collections::BTreeMap;
use std::str::FromStr;

use async_trait::async_trait;
use tombola_domain::id::PlayerId;
use tombola_domain::time::Timestamp;

use crate::{Done, KeyReused, Operation, Result, StoreError};

/// Differences of the past that are kept; older ones go.
pub const PAST_MAX: u32 = 10_000;

macro_rules! comparisons {
    ($($(#[$doc:meta])* $name:ident: $word:literal;)*) => {
        /// What is held against what. The subject is what names it besides the player.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Comparison {
            $($(#[$doc])* $name,)*
        }

        impl Comparison {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word in rows, logs and on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

comparisons! {
    /// A draw's prize and its award, and an award and the draw or rebate that it is of. Subject: the award's position in the feed.
    DrawAward: "draw_award";
    /// A draw and its receipt. Subject: its position in the feed.
    DrawReceipt: "draw_receipt";
    /// An award's state and the latest change of it. Subject: the award.
    AwardState: "award_state";
    /// An award that waits and its one task. Subject: the award.
    AwardTask: "award_task";
    /// An award that was given up and its dead letter. Subject: the award.
    AwardLetter: "award_letter";
    /// Points of a delivered award and what was posted for it. Subject: the award.
    AwardPoints: "award_points";
    /// Chances of a delivered award and what was added for it. Subject: the award.
    AwardChances: "award_chances";
    /// What a draw's prize costs and what its campaign's budget was charged for it. Subject: the award.
    AwardCost: "award_cost";
    /// What a voided award cost and what went back to its campaign's budget. Subject: the award.
    CostBack: "cost_back";
    /// An award of a code and the code. Subject: the award.
    AwardCode: "award_code";
    /// A task, and what it is for. Subject: queue and number.
    Task: "task";
    /// A dead letter, and what it is of. Subject: queue and number.
    DeadLetter: "dead_letter";
    /// Points that an event earned and what was posted for it. Subject: the rebate and the unit.
    RebatePoints: "rebate_points";
    /// Chances that an event earned and what was added for it. Subject: the rebate.
    RebateChances: "rebate_chances";
    /// What an event earned of a budget, and what that was charged. Subject: the rebate and whose it became: a prize's, the player's,
    /// or held for the referrer.
    RebateCost: "rebate_cost";
    /// What was reversed of an event's points that came out of a budget, and what went back there. Subject: the rebate, and whose they were:
    /// the player's or the referrer's.
    RebateBack: "rebate_back";
    /// How much of an event is said to be reversed, and its reversals. Subject: the rebate.
    Reversed: "reversed";
    /// What was taken back, and the event that reverses another one by it. Subject: the number of the event, and the campaign.
    Reversal: "reversal";
    /// Points that are said to be taken back, and what was posted for it. Subject: the same, and the unit.
    ReversalPoints: "reversal_points";
    /// Chances that are said to be taken back, and what was taken away for it. Subject: the number of the event, and the campaign.
    ReversalChances: "reversal_chances";
    /// A prize that an event earned and its award. Subject: the award.
    RebatePrize: "rebate_prize";
    /// What is for a referrer, and whether it was handed over, waits or was given up. Subject: the rebate.
    Referral: "referral";
    /// The price of an order and what was paid for it. Subject: the order.
    OrderPrice: "order_price";
    /// Chances of an order and what was added for it. Subject: the order.
    OrderChances: "order_chances";
    /// An order that was voided, and what was paid back. Subject: the order.
    OrderVoid: "order_void";
    /// What a hold is of and what was set aside for it. Subject: the hold.
    Hold: "hold";
    /// What was taken of a hold and what was posted for that. Subject: the hold.
    HoldTaken: "hold_taken";
    /// What came back of a hold and what was posted for that. Subject: the hold.
    HoldBack: "hold_back";
    /// What was taken of a hold that was voided and what was posted back. Subject: the hold.
    HoldVoid: "hold_void";
    /// What is set aside of a player's, and their open holds with what is held for them as a referrer. Subject: the unit.
    Held: "held";
    /// A posting, and what it stands for. Subject: its number.
    Posting: "posting";
    /// Chances that were added, and what for. Subject: campaign and why.
    ChanceGrant: "chance_grant";
    /// A grant of chances that is marked as voided, and the record of that. Subject: the campaign.
    GrantVoid: "grant_void";
    /// A transfer, its posting and the accounts at its ends. Subject: its number.
    Transfer: "transfer";
    /// The balance of an account and its transfers. Subject: kind, part and unit; of the house's and campaigns' the owner as well.
    Account: "account";
    /// A lot and what transfers did to it. Subject: the unit, and when it lapses.
    Lot: "lot";
    /// All lots of a player's and their balance. Subject: the unit.
    Lots: "lots";
    /// Units of a stock that were handed over, and who has them. Subject: campaign and prize.
    Stock: "stock";
    /// How many units a stock has, and the changes that made it so many, from its opening on. Subject: campaign and prize.
    StockAllotted: "stock_allotted";
    /// Units that are left of a stock which is said to be sold out, of which there should be none. Subject: campaign and prize.
    SoldOut: "sold_out";
    /// Codes of a pool that were given, and who has them. Subject: the pool.
    CodesGiven: "codes_given";
    /// Free codes of a pool, and those of its loads. Subject: the pool.
    CodesFree: "codes_free";
    /// Free codes of a load, and those that are there. Subject: pool and load.
    CodeLoad: "code_load";
    /// Codes that a pool says came into it or were withdrawn, and the record of these operations. Subject: the pool, and `loaded` or
    /// `withdrawn`.
    PoolCount: "pool_count";
    /// How many draws a player made, and their draws. Subject: the campaign.
    Draws: "draws";
    /// How many events of a player's were decided, and what was given for them. Subject: the campaign.
    Events: "events";
    /// With how many chances a player began, and with how many players begin by the campaign's revisions; the largest of these stands for
    /// what was expected. Subject: the campaign.
    ChancesInitial: "chances_initial";
    /// Chances that came in for a player, and each of them. Subject: the campaign.
    ChancesAdded: "chances_added";
    /// Chances that a player used, and their draws that took one. Subject: the campaign.
    ChancesUsed: "chances_used";
    /// What is left of all lots of a player's chances, which may be no more than the chances that are left. Subject: the campaign.
    ChanceLots: "chance_lots";
    /// What is left of a lot of chances, which may be no more than what came in by it. Subject: the campaign, and when it lapses.
    ChanceLot: "chance_lot";
    /// When a player's chances are said to lapse next, and the soonest of the lots. Subject: the campaign.
    ChanceLapse: "chance_lapse";
    /// How often a player won a prize, and their awards. Subject: campaign and prize.
    Wins: "wins";
    /// A row that can't be read, so that whatever would be compared by it is not. Subject: its table and number, or what was compared and of
    /// what; `rest` is all of a table that follows on what could be read.
    Damage: "damage";
}

/// A word that names no comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a comparison")]
pub struct ParseComparisonError;

impl FromStr for Comparison {
    type Err = ParseComparisonError;

    fn from_str(word: &str) -> Result<Self, ParseComparisonError> {
        Self::ALL.iter().copied().find(|comparison| comparison.as_str() == word).ok_or(ParseComparisonError)
    }
}

/// How far a pass is. What it holds is the store's own business; the first is [`Cursor::default`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Which part of everything.
    pub part: usize,
    /// The key of that part after which it goes on; empty is from the beginning.
    pub after: String,
    /// What was added up so far, by what it is of: some for each campaign, prize and account of the house.
    pub sums: BTreeMap<String, i64>,
}

/// What a step found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Rows that it looked at.
    pub rows: u64,
    /// What differs.
    pub findings: Vec<Finding>,
    /// Where the next step begins; `None` after the last.
    pub next: Option<Cursor>,
}

/// Something that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was compared.
    pub comparison: Comparison,
    /// Of what, as [`Comparison`] says. It names no player and nothing that clients chose.
    pub subject: String,
    /// Whose it is, where it is a player's.
    pub player: Option<PlayerId>,
    /// What is there: an amount or a count; of what can only be right or wrong, 0.
    pub found: i64,
    /// What the other side comes to; of what can only be right or wrong, 1.
    pub expected: i64,
    /// What both sides say: a JSON object.
    pub evidence: String,
}

/// A finding that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its number; later ones have higher ones.
    pub number: u64,
    /// What differs, as it was found last.
    pub finding: Finding,
    /// When it was found first.
    pub first_seen: Timestamp,
    /// When it was found last.
    pub last_seen: Timestamp,
    /// When it was repaired, if it was.
    pub repaired_at: Option<Timestamp>,
    /// When a pass no longer found it, if one did not.
    pub gone_at: Option<Timestamp>,
}

impl Difference {
    /// Whether somebody has to look at it.
    pub const fn is_open(&self) -> bool {
        self.repaired_at.is_none() && self.gone_at.is_none()
    }

    /// Whether it was not known before.
    pub fn is_new(&self) -> bool {
        self.first_seen == self.last_seen
    }
}

/// Where a page of differences begins: open ones come first, and of each kind the earliest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct After {
    /// Whether the open ones are behind.
    pub past: bool,
    /// The number after which it goes on.
    pub number: u64,
}

/// What a pass came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pass {
    /// Rows that were looked at.
    pub rows: u64,
    /// What differed.
    pub found: u64,
    /// Of these, what no pass had found before.
    pub new: u64,
    /// Of these, what was repaired.
    pub repaired: u64,
    /// What is open after it.
    pub open: u64,
}

/// Why an operator's pass was not made or not recorded.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// See [`KeyReused`].
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Comparing what a store keeps with itself.
#[async_trait]
pub trait Reconciliation {
    /// Makes one step of a pass. What can't be read is found to differ ([`Comparison::Damage`]), and the pass goes on behind it.
    async fn compare(&self, at: Cursor) -> Result<Compared>;

    /// Keeps findings, and then repairs what can be: what is missing on one side and recorded on the other is done, once, after another
    /// look in the transaction that does it. What can't be, since something is damaged, is logged. Answers what is kept of each.
    async fn settle(&self, findings: &[Finding], at: Timestamp) -> Result<Vec<Difference>>;

    /// The pass that was recorded under an operation's key, if one was.
    async fn recorded_pass(&self, operation: &Operation) -> Result<Option<Pass>, PassError>;

    /// Ends a pass that went through everything: what was found before it began, and not since, is gone. Answers it with what is
    /// open; recorded, where an operator wanted it.
    async fn end_pass(
        &self,
        pass: Pass,
        began: Timestamp,
        at: Timestamp,
        operation: Option<&Operation>,
    ) -> Result<Done<Pass>, PassError>;

    /// Differences from there on, at most `limit`. One that can't be read any more is told as damage.
    async fn differences(&self, after: After, limit: u32) -> Result<Vec<Difference>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for comparison in Comparison::ALL {
            assert_eq!(comparison.as_str().parse(), Ok(*comparison));
        }
        assert_eq!("everything".parse::<Comparison>(), Err(ParseComparisonError));
    }
}
