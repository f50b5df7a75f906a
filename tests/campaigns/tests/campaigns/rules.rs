//! Every standard rule, on configs and facts at random: its component says what its native code says.

use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use serde_json::Value as Json;
use tombola_campaign_tests::Library;
use tombola_domain::fact::{Fact, FactType, Value};
use tombola_engine::rule::{FactNeed, FaultKind, Fuel, Kind, PrepareError, Rule};

use crate::bed::{runtime, sandboxed};
use crate::configs;

/// Configs of one rule; each is compiled, which is what takes the time.
const CONFIGS: u32 = 20;
/// Decisions under each config.
const ROUNDS: usize = 50;
/// Fuel that is plenty for every rule.
const FUEL: Fuel = Fuel::All(1_000_000);

/// What a fact may be, whatever its type turns out to be.
#[derive(Debug, Clone)]
struct Seen {
    /// Where the catalogue allows it.
    is_absent: bool,
    /// Where it doesn't, either: a rule that can't do without it fails.
    is_missing: bool,
    boolean: bool,
    integer: i64,
    text: String,
}

fn seen() -> impl Strategy<Value = Seen> {
    let flags = (prop::bool::weighted(0.2), prop::bool::weighted(0.01));
    (flags, any::<bool>(), configs::integer(), configs::text()).prop_map(
        |((is_absent, is_missing), boolean, integer, text)| Seen { is_absent, is_missing, boolean, integer, text },
    )
}

impl Seen {
    fn value(self, need: &FactNeed) -> Value {
        let may_be_absent = need.name.parse().is_ok_and(|fact: Fact| fact.entry().nullable);
        if self.is_missing || self.is_absent && may_be_absent {
            return Value::None;
        }
        match need.expected {
            FactType::Boolean => Value::Boolean(self.boolean),
            // Days and minutes are what the fact catalogue says that they are; all else may be any number.
            FactType::Integer if need.name == "now.local.weekday" => Value::Integer(self.integer.rem_euclid(7) + 1),
            FactType::Integer if need.name.starts_with("event.count.") || need.name == "event.streak_days" => {
                Value::Integer(self.integer.saturating_abs())
            }
            FactType::Integer if need.name == "now.local.minute" => Value::Integer(self.integer.rem_euclid(24 * 60)),
            FactType::Integer => Value::Integer(self.integer),
            FactType::Integers => Value::Integers(vec![self.integer; 3]),
            FactType::Text => Value::Text(self.text),
            FactType::Texts => Value::Texts(vec![self.text; 3]),
        }
    }
}

/// Where a config makes no rule, both must say so in the same words.
fn check(name: &str, kind: Kind, configs: impl Strategy<Value = Json>) {
    let (native, components, runtime) = (Library::native(), sandboxed(), runtime());
    let mut runner =
        TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CONFIGS) });
    let made = std::cell::Cell::new(0);
    // No standard rule asks for more than two facts.
    let rounds = prop::collection::vec([seen(), seen()], ROUNDS);
    let result = runner.run(&(configs, rounds), |(config, rounds)| {
        let ours = runtime.block_on(native.prepare(name, kind, &config));
        let theirs = runtime.block_on(components.prepare(name, kind, &config));
        match (ours, theirs) {
            (Ok(ours), Ok(theirs)) => {
                made.set(made.get() + 1);
                compare(ours.as_ref(), theirs.as_ref(), rounds)
            }
            (Err(PrepareError::Problems(ours)), Err(PrepareError::Problems(theirs))) => {
                prop_assert_eq!(ours, theirs);
                Ok(())
            }
            (ours, theirs) => Err(TestCaseError::fail(format!("native: {ours:?}; in the sandbox: {theirs:?}"))),
        }
    });
    result.unwrap_or_else(|error| panic!("{name}: {error}"));
    println!("{name}: {} of {CONFIGS} configs made a rule", made.get());
    assert!(made.get() > 0, "{name}: no config made a rule");
}

fn compare(native: &dyn Rule, component: &dyn Rule, rounds: Vec<[Seen; 2]>) -> Result<(), TestCaseError> {
    let needs = native.needs();
    prop_assert_eq!(needs, component.needs());
    for seen in rounds {
        prop_assert!(needs.facts.len() <= seen.len());
        let facts: Vec<Value> = needs.facts.iter().zip(seen).map(|(need, seen)| seen.value(need)).collect();
        let ours = native.evaluate(&facts, FUEL).unwrap().decision;
        let theirs = component.evaluate(&facts, FUEL).unwrap().decision;
        match (ours, theirs) {
            // A trap's message has a backtrace, a panic's has not.
            (Err(ours), Err(theirs)) if ours.kind == FaultKind::Trap => prop_assert_eq!(theirs.kind, FaultKind::Trap),
            (ours, theirs) => prop_assert_eq!(ours, theirs, "on {:?}", facts),
        }
    }
    Ok(())
}

#[test]
fn allowlist() {
    check("allowlist", Kind::Guard, configs::listed());
}

#[test]
fn attribute_match_as_a_guard() {
    check("attribute-match", Kind::Guard, configs::attribute_match_guard());
}

#[test]
fn attribute_match_as_a_branch() {
    check("attribute-match", Kind::Branch, configs::attribute_match_branch());
}

#[test]
fn blacklist() {
    check("blacklist", Kind::Guard, configs::listed());
}

#[test]
fn consolation() {
    check("consolation", Kind::Branch, configs::grant());
}

#[test]
fn milestone() {
    check("milestone", Kind::Rebate, configs::milestone());
}

#[test]
fn purchase_rebate() {
    check("purchase-rebate", Kind::Rebate, configs::purchase_rebate());
}

#[test]
fn referral() {
    check("referral", Kind::Rebate, configs::referral());
}

#[test]
fn sign_in() {
    check("sign-in", Kind::Rebate, configs::sign_in());
}

#[test]
fn schedule_as_a_guard() {
    check("schedule", Kind::Guard, configs::schedule_guard());
}

#[test]
fn schedule_as_a_branch() {
    check("schedule", Kind::Branch, configs::schedule());
}

#[test]
fn unlock() {
    check("unlock", Kind::Branch, configs::unlock());
}

#[test]
fn weight_tier() {
    check("weight-tier", Kind::Guard, configs::weight_tier());
}

/// A rule or a kind of one without a test here would go unnoticed.
#[test]
fn every_rule_is_tested() {
    let tested = [
        "allowlist guard",
        "attribute-match branch",
        "attribute-match guard",
        "blacklist guard",
        "consolation branch",
        "milestone rebate",
        "purchase-rebate rebate",
        "referral rebate",
        "schedule branch",
        "schedule guard",
        "sign-in rebate",
        "unlock branch",
        "weight-tier guard",
    ];
    let kind = |rule: &tombola_rule::native::Rule| match rule.kind() {
        tombola_rule::native::Kind::Guard => "guard",
        tombola_rule::native::Kind::Branch => "branch",
        tombola_rule::native::Kind::Rebate => "rebate",
    };
    let mut rules: Vec<_> =
        tombola_standard_rules::native().map(|rule| format!("{} {}", rule.name(), kind(rule))).collect();
    rules.sort();
    assert_eq!(rules, tested);
}
