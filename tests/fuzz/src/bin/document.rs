//! Campaign documents: parsed and verified with rules that are always there. What the verifier lets through can be drawn on,
//! and is drawn on the same way twice.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use tombola_domain::amount::Span;
use tombola_domain::digest::Digest;
use tombola_domain::fact::{FactType, Value};
use tombola_domain::random::Seed;
use tombola_engine::decide::{Situation, decide};
use tombola_engine::document;
use tombola_engine::native::NativeRule;
use tombola_engine::rule::{Decision, FactNeed, Kind, Needs, Outcome, Pick, Rule};
use tombola_engine::verify::{Lookup, RuleUse, rule_uses, verify};

fuzz_target!(|text: &str| {
    let Ok(document) = document::parse(text) else { return };
    let verified = verify(&document, rule_uses(&document).iter().map(found).collect());
    let Some(pipeline) = verified.pipeline else { return };
    let facts = vec![Value::Integer(7); pipeline.facts.len()];
    let seed = Seed::from_bytes([7; 32]);
    let situation = Situation { facts: &facts, limits: &[], seed: &seed };
    assert_eq!(decide(&pipeline, &situation), decide(&pipeline, &situation));
});

/// A rule of every kind that asks for a number and answers, evenly, anything that it declares but a refusal.
fn found(rule_use: &RuleUse) -> Lookup {
    let grant = Outcome::Grant { prize: "points".to_owned(), amount: Span::new(1, 10).expect("1 is below 10") };
    let outcomes = match rule_use.kind {
        Kind::Guard => vec![Outcome::Proceed, Outcome::Choose("better".to_owned())],
        _ => vec![Outcome::Follow("on".to_owned()), grant],
    };
    let pick = |outcome| (1, Pick { outcome, amounts: Vec::new() });
    let decide = move |_: &[Value]| Ok(Decision::Weighted(vec![pick(0), pick(1)]));
    let facts = vec![FactNeed { name: "player.draws.total".to_owned(), expected: FactType::Integer }];
    let rule: Arc<dyn Rule> = Arc::new(NativeRule::new(Needs { facts, outcomes }, Box::new(decide)));
    Lookup::Found { module: Digest::of(rule_use.reference.as_bytes()), rule }
}
