//! What an event earns on average.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;
use tombola_domain::fact::Value;
use tombola_domain::rebate::{Gain, Recipient};

use super::narrowed;
use crate::decide::{Answer, Budget, Watch, ask};
use crate::pipeline::{Event, Rebate};
use crate::rule::{Pick, Unavailable};

/// The expected amount of each thing that is given, exactly. What has no chance to be given is not there.
pub type Expected = BTreeMap<(Recipient, Gain), BigRational>;

/// What an event with these facts earns on average, weighted decisions and amounts included: every rebate runs once. Stock,
/// limits, budgets and absent referrers are left aside; a rule that fails gives nothing. `watch` sees the rules run.
pub fn expected(event: &Event, facts: &[Value], watch: &mut impl Watch) -> Result<Expected, Unavailable> {
    let mut expected = Expected::new();
    let mut budget = Budget::default();
    for rebate in &event.rebates {
        match ask(&rebate.rule, facts, &mut budget, watch)?.0 {
            Ok(Answer::Certain(pick)) => add(&mut expected, rebate, &[(1, &pick)]),
            Ok(Answer::Weighted(table, picks)) => {
                let weights = (0..).map(|position| table.weight(position));
                add(&mut expected, rebate, &weights.zip(&picks).take(picks.len()).collect::<Vec<_>>());
            }
            Err(_) => {}
        }
    }
    Ok(expected)
}

/// Adds what one rebate gives, of which each pick has a weight.
fn add(expected: &mut Expected, rebate: &Rebate, picks: &[(u64, &Pick)]) {
    let mut doubled: BTreeMap<(Recipient, Gain), BigInt> = BTreeMap::new();
    for (weight, pick) in picks {
        for (position, reward) in rebate.outcomes[pick.outcome as usize].iter().enumerate() {
            let span = narrowed(pick, position, reward);
            // Twice the mean, so that it is whole.
            let part = BigInt::from(*weight) * (span.low() + span.high());
            *doubled.entry((reward.recipient, reward.gain.clone())).or_default() += part;
        }
    }
    let total: BigInt = picks.iter().map(|(weight, _)| BigInt::from(*weight)).sum();
    for (what, sum) in doubled {
        *expected.entry(what).or_insert_with(BigRational::zero) += BigRational::new(sum, &total * 2);
    }
}
