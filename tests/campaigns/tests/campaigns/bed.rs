//! Short ways from a campaign to its draws.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;
use tokio::runtime::{Builder, Runtime};
use tombola_campaign_tests::{Campaign, Library, Player};
use tombola_domain::time::Timestamp;
use tombola_engine::document::Document;
use tombola_engine::odds::{Circumstances, Outcome, effective};
use tombola_engine::pipeline::Pipeline;

/// When the reference campaigns are open, at noon in their zone.
pub(crate) fn noon() -> Timestamp {
    "2026-06-01T12:00:00+08:00".parse().unwrap()
}

pub(crate) fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

pub(crate) fn sandboxed() -> Library {
    Library::sandboxed(PathBuf::from(env!("CARGO_BIN_EXE_campaign-tests-worker"))).unwrap()
}

/// The pipeline of a document that has no mistake.
pub(crate) fn pipeline(library: &Library, document: &Document) -> Pipeline {
    let verified = runtime().block_on(library.verify(document));
    verified.pipeline.unwrap_or_else(|| panic!("{:#?}", verified.findings))
}

pub(crate) fn native(campaign: Campaign) -> Pipeline {
    pipeline(&Library::native(), &campaign.document())
}

pub(crate) fn ratio(numerator: u64, denominator: u64) -> BigRational {
    BigRational::new(BigInt::from(numerator), BigInt::from(denominator))
}

/// Probabilities by what is won, as `prize low..high`, or just `prize` for one unit of it.
pub(crate) type Odds = BTreeMap<String, BigRational>;

/// The effective odds of a player's draw at noon.
pub(crate) fn odds(pipeline: &Pipeline, player: &Player, sold_out: &[&str]) -> Odds {
    let facts = player.facts(pipeline, noon());
    let sold_out: BTreeSet<usize> = sold_out.iter().map(|prize| pipeline.prize(prize).unwrap()).collect();
    let distribution =
        effective(pipeline, &Circumstances { facts: &facts, limits: &[], sold_out: &sold_out }, &mut ()).unwrap();
    let odds: Odds = distribution.into_iter().map(|(outcome, probability)| (name(&outcome), probability)).collect();
    assert_eq!(odds.values().sum::<BigRational>(), BigRational::one());
    odds
}

fn name(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Prize(prize, amount) => won(prize.as_str(), amount.low(), amount.high()),
        Outcome::Nothing => "nothing".to_owned(),
        Outcome::Refused(code) => format!("refused {code}"),
    }
}

pub(crate) fn won(prize: &str, low: i64, high: i64) -> String {
    if (low, high) == (1, 1) { prize.to_owned() } else { format!("{prize} {low}..{high}") }
}
