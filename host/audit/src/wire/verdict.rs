//! Verdicts in words.

use tombola_domain::draw::Limit;
use tombola_domain::rebate::Verdict;

/// What became of a grant or a reward, and what belongs to that.
pub(super) struct Words {
    pub(super) verdict: &'static str,
    pub(super) bucket: Option<u32>,
    pub(super) unit: Option<u64>,
    pub(super) mark: Option<u64>,
    pub(super) limit: Option<String>,
    pub(super) left: Option<i64>,
}

impl From<Verdict> for Words {
    fn from(verdict: Verdict) -> Self {
        let words = |verdict| Self { verdict, bucket: None, unit: None, mark: None, limit: None, left: None };
        match verdict {
            Verdict::Granted(token) => Self {
                bucket: token.map(|token| token.bucket),
                unit: token.map(|token| token.unit),
                ..words("granted")
            },
            Verdict::SoldOut { mark } => Self { mark: Some(mark), ..words("sold_out") },
            Verdict::LimitReached(reached) => Self { limit: Some(limit(reached)), ..words("limit_reached") },
            Verdict::BudgetSpent { left } => Self { left: Some(left), ..words("budget_spent") },
            Verdict::NoReferrer => words("no_referrer"),
        }
    }
}

pub(super) fn limit(limit: Limit) -> String {
    match limit {
        Limit::Player => "player",
        Limit::PlayerDay => "player_day",
    }
    .to_owned()
}
