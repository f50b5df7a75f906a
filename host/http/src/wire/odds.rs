use std::collections::BTreeMap;

use num_rational::BigRational;
use serde::Serialize;
use tombola_app::model::Outcome as EngineOutcome;
use tombola_app::odds;
use tombola_domain::amount::Span;
use utoipa::ToSchema;

/// What a campaign promises beside what its whole pipeline gives.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Odds {
    /// By pool and entry, each an exact fraction.
    declared: BTreeMap<String, BTreeMap<String, Probability>>,
    /// Through guards, pools and trees; exactly 1 in all.
    effective: Vec<Effective>,
}

/// The probability of one outcome.
#[derive(Debug, Serialize, ToSchema)]
struct Effective {
    outcome: Outcome,
    #[serde(flatten)]
    probability: Probability,
}

/// What a draw may come to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OddsOutcome)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Outcome {
    Prize { prize: String, amount: Amount },
    Nothing,
    Refused { code: String },
}

/// From `low` to `high`, evenly, both included.
#[derive(Debug, Serialize, ToSchema)]
struct Amount {
    low: i64,
    high: i64,
}

/// An exact probability.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Probability {
    /// In lowest terms, such as `1/10000`.
    probability: String,
    /// The same to twelve places, rounded down; for people.
    decimal: String,
}

impl From<odds::Odds> for Odds {
    fn from(odds: odds::Odds) -> Self {
        let pool = |(name, entries): odds::DeclaredPool| {
            let entry = |(prize, share): (Option<_>, BigRational)| {
                let name =
                    prize.map_or_else(|| "nothing".to_owned(), |prize: tombola_domain::id::PrizeId| prize.to_string());
                (name, Probability::from(&share))
            };
            (name, entries.into_iter().map(entry).collect())
        };
        let effective = odds.effective.iter().map(|(outcome, probability)| Effective {
            outcome: Outcome::from(outcome),
            probability: probability.into(),
        });
        Self { effective: effective.collect(), declared: odds.declared.into_iter().map(pool).collect() }
    }
}

/// The declared odds of pools alone.
pub(crate) fn declared(pools: Vec<odds::DeclaredPool>) -> BTreeMap<String, BTreeMap<String, Probability>> {
    Odds::from(odds::Odds { declared: pools, effective: BTreeMap::new() }).declared
}

impl From<&EngineOutcome> for Outcome {
    fn from(outcome: &EngineOutcome) -> Self {
        match outcome {
            EngineOutcome::Prize(prize, amount) => Self::Prize { prize: prize.to_string(), amount: (*amount).into() },
            EngineOutcome::Nothing => Self::Nothing,
            EngineOutcome::Refused(code) => Self::Refused { code: code.clone() },
        }
    }
}

impl From<Span> for Amount {
    fn from(span: Span) -> Self {
        Self { low: span.low(), high: span.high() }
    }
}

impl From<&BigRational> for Probability {
    fn from(ratio: &BigRational) -> Self {
        Self { probability: format!("{}/{}", ratio.numer(), ratio.denom()), decimal: odds::decimal(ratio) }
    }
}
