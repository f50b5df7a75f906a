use std::collections::{BTreeMap, BTreeSet};

use num_rational::BigRational;
use tombola_domain::fact::Value;
use tombola_engine::document::{Document, NOTHING};
use tombola_engine::facts::of_new_player;
use tombola_engine::finding::Finding;
use tombola_engine::odds::{Circumstances, Outcome, Untold, effective};
use tombola_engine::pipeline::Pipeline;
use tombola_engine::verify::{Verified, verify_for_odds};
use tombola_import::big_market::PoolOdds;

use crate::offline::StandardRules;

/// The number of draws that a tier begins at.
const DRAWS: &str = "player.draws.total";

/// Probabilities by what is won: a prize, whatever its amount, `nothing`, or a refusal.
pub(super) type Effective = BTreeMap<String, BigRational>;

/// What is known of a document.
pub(super) struct Judged {
    pub(super) findings: Vec<Finding>,
    /// Of each pool that was asked for, the odds after all rules; empty where there are none.
    pub(super) effective: Vec<Effective>,
}

impl Judged {
    /// Verifies a document with the standard rules, and adds up the odds of a new player, and of one who has made as many draws as each
    /// tier needs and none today.
    pub(super) async fn of(document: &Document, pools: &[PoolOdds], rules: &StandardRules) -> anyhow::Result<Self> {
        let Verified { pipeline, mut findings } = verify_for_odds(document, rules.look_up(document).await?);
        let Some(pipeline) = pipeline else { return Ok(Self { findings, effective: Vec::new() }) };
        let mut all = Vec::with_capacity(pools.len());
        for pool in pools {
            let untold = match odds(&pipeline, pool.from) {
                Ok(odds) => {
                    all.push(odds);
                    continue;
                }
                Err(Untold::TooManyWays(ways)) => ways.into(),
                Err(Untold::TooMuchFuel(fuel)) => fuel.into(),
                Err(Untold::Unavailable(error)) => return Err(error.into()),
            };
            findings.push(untold);
            return Ok(Self { findings, effective: Vec::new() });
        }
        Ok(Self { findings, effective: all })
    }
}

/// As the campaign opens, so that the odds are the same whenever they are asked for.
fn odds(pipeline: &Pipeline, from: Option<i64>) -> Result<Effective, Untold> {
    let given = from.map(|draws| (DRAWS.to_owned(), Value::Integer(draws))).into_iter().collect();
    let facts =
        of_new_player(pipeline, pipeline.window.opens, &given).expect("the fact is in the catalogue, and of this type");
    let circumstances = Circumstances { facts: &facts, limits: &[], sold_out: &BTreeSet::new() };
    let mut odds = Effective::new();
    for (outcome, probability) in effective(pipeline, &circumstances, &mut ())? {
        let name = match outcome {
            Outcome::Prize(prize, _) => prize.to_string(),
            Outcome::Nothing => NOTHING.to_owned(),
            Outcome::Refused(code) => format!("refused: {code}"),
        };
        *odds.entry(name).or_default() += probability;
    }
    Ok(odds)
}
