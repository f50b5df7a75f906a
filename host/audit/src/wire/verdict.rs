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

/// A form that has members of its own and, after them, those of a verdict. They are members of the form itself rather than flattened
/// into it, which would let unknown ones pass.
macro_rules! judged {
    ($(#[$meta:meta])* struct $name:ident { $($(#[$of_member:meta])* $member:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        struct $name {
            $($(#[$of_member])* $member: $type,)*
            /// `granted`; `sold_out`, as the prize's mark of this version says; `limit_reached`, where the player may not win more of it;
            /// `budget_spent`, where the campaign's budget did not suffice; of a reward also `no_referrer`, where the event names none.
            verdict: String,
            /// Of a granted one whose stock is counted: the bucket that its unit is from.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            bucket: Option<u32>,
            /// And the unit's number there.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            unit: Option<u64>,
            /// Of a sold-out one: the version of the mark.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            mark: Option<u64>,
            /// Of a limit that was reached: `player` or `player_day`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            limit: Option<String>,
            /// Of a budget that did not suffice: what was left of it.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            left: Option<i64>,
        }

        impl $name {
            fn judged(of_verdict: impl Into<Words>, $($member: $type),*) -> Self {
                let Words { verdict, bucket, unit, mark, limit, left } = of_verdict.into();
                Self { $($member,)* verdict: verdict.to_owned(), bucket, unit, mark, limit, left }
            }
        }
    };
}
pub(super) use judged;

pub(super) fn limit(limit: Limit) -> String {
    match limit {
        Limit::Player => "player",
        Limit::PlayerDay => "player_day",
    }
    .to_owned()
}
