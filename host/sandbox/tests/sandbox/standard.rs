//! The standard rules as uploads like any other, and against themselves as native code.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Value as Json, json};
use tombola_domain::digest::Digest;
use tombola_domain::fact::{FactType, Value};
use tombola_engine::rule::{Decision, Evaluation, FaultKind, Kind, PrepareError, RuleFactory};
use tombola_rule::native;
use tombola_sandbox::Sandbox;
use tombola_standard_rules::{Standard, standard};

use crate::bed::{FUEL, sandbox};

/// Configs under which each rule runs, as its documentation has them.
fn configs(name: &str) -> Vec<Json> {
    match name {
        "allowlist" => vec![json!({"list": "invited", "refuse": {"message": "This draw is for guests."}})],
        "attribute-match" => vec![json!({"attribute": "channel", "op": "equals", "value": "app", "pool": "better"})],
        "blacklist" => vec![json!({"list": "banned", "grant": {"prize": "points", "amount": 1}})],
        "consolation" => vec![json!({"prize": "points", "amount": [1, 100]})],
        "milestone" => vec![json!({"every": 5, "rewards": [{"unit": "coins", "amount": [1, 9]}, {"prize": "mug"}]})],
        "purchase-rebate" => vec![
            json!({"attribute": "paid", "per_mille": 50, "unit": "coins"}),
            json!({"attribute": "paid", "per_mille": 1_000_000, "unit": "coins", "from": 7, "floor": 5, "cap": 500}),
        ],
        "referral" => vec![json!({"referrer": [{"unit": "coins", "amount": 100}], "player": [{"chances": 1}]})],
        "schedule" => vec![json!({"hours": ["17:00-18:00"], "pool": "better"})],
        "sign-in" => vec![
            json!({"unit": "coins", "base": 10, "streaks": [{"days": 7, "bonus": 50}]}),
            json!({"chances": 1, "cycle": 9, "streaks": [{"days": 2, "bonus": 1}, {"days": 9, "bonus": [2, 3]}]}),
        ],
        "unlock" => vec![json!({"draws": 3}), json!({"fact": "player.draws.total", "at_least": 50})],
        "weight-tier" => vec![
            json!({"fact": "player.draws.total", "tiers": [{"from": 1, "pool": "better"}, {"from": 3, "pool": "best"}]}),
            many_tiers(),
        ],
        _ => panic!("a config for `{name}` is missing here"),
    }
}

/// As many tiers as the rule is made for.
fn many_tiers() -> Json {
    let tiers: Vec<_> = (0..10_000).map(|from| json!({"from": from, "pool": format!("pool-{}", from % 5)})).collect();
    json!({"fact": "player.draws.total", "tiers": tiers})
}

#[tokio::test]
async fn they_are_admitted() {
    let sandbox = sandbox();
    for Standard { name, version, component } in standard() {
        let manifest = sandbox.admit(component).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((manifest.name.as_str(), manifest.version.to_string().as_str()), (*name, *version));
        assert!(manifest.config_schema.is_some(), "{name}");
    }
}

#[tokio::test]
async fn they_answer_as_their_native_code_does() {
    let sandbox = sandbox();
    for rule in tombola_standard_rules::native() {
        for config in configs(rule.name()) {
            // A module of two kinds may have a config that only one of them takes.
            if let Ok(native) = rule.configure(&config.to_string()) {
                compare(&sandbox, rule, native.as_ref(), &config).await;
            }
        }
    }
}

async fn compare(sandbox: &Sandbox, rule: &native::Rule, native: &dyn native::Configured, config: &Json) {
    let component = standard().iter().find(|standard| standard.name == rule.name()).unwrap().component;
    let kind = match rule.kind() {
        native::Kind::Guard => Kind::Guard,
        native::Kind::Branch => Kind::Branch,
        native::Kind::Rebate => Kind::Rebate,
    };
    let prepared = sandbox.prepare(Digest::of(component), component, kind, config).await.unwrap();
    let needs = prepared.needs();
    assert_eq!(needs.outcomes.len(), native.declared().outcomes.len(), "{}", rule.name());
    for round in 0..200 {
        let facts: Vec<Value> = needs.facts.iter().map(|need| fact(need.expected, round)).collect();
        let natives: Vec<_> = facts.iter().map(native_fact).collect();
        let Evaluation { decision, fuel } = prepared.evaluate(&facts, FUEL).unwrap();
        // A rule panics where a fact is absent that it can't do without; its component traps.
        let theirs = catch_unwind(AssertUnwindSafe(|| native.evaluate(&natives)));
        match (decision, theirs) {
            (Ok(ours), Ok(Ok(theirs))) => assert_eq!(plain(&ours), native_plain(&theirs), "{} {facts:?}", rule.name()),
            (Err(fault), Ok(Err(theirs))) => assert_eq!((fault.kind, fault.message), (FaultKind::Refused, theirs)),
            (Err(fault), Err(_)) => assert!(fault.kind == FaultKind::Trap && facts.contains(&Value::None), "{fault}"),
            (ours, theirs) => panic!("{} {facts:?}: {ours:?}, native {theirs:?}", rule.name()),
        }
        assert!(fuel < 20_000, "{} took {fuel}", rule.name());
    }
}

/// A value that goes through small numbers, absence now and then included.
fn fact(expected: FactType, round: i64) -> Value {
    if round % 11 == 10 {
        return Value::None;
    }
    let text = || ["app", "web", ""][usize::try_from(round % 3).unwrap()].to_owned();
    match expected {
        FactType::Boolean => Value::Boolean(round % 2 == 0),
        FactType::Integer => Value::Integer(round * round - 9),
        FactType::Integers => Value::Integers((0..round).collect()),
        FactType::Text => Value::Text(text()),
        FactType::Texts => Value::Texts(vec![text(); 3]),
    }
}

fn native_fact(fact: &Value) -> tombola_rule::Value {
    match fact.clone() {
        Value::None => tombola_rule::Value::None,
        Value::Boolean(value) => tombola_rule::Value::Boolean(value),
        Value::Integer(value) => tombola_rule::Value::Integer(value),
        Value::Integers(values) => tombola_rule::Value::Integers(values),
        Value::Text(value) => tombola_rule::Value::Text(value),
        Value::Texts(values) => tombola_rule::Value::Texts(values),
    }
}

/// A decision as weights, outcomes and amounts; `certain` has no weight.
type Plain = Vec<(Option<u64>, u32, Vec<(i64, i64)>)>;

fn plain(decision: &Decision) -> Plain {
    let pick = |weight, pick: &tombola_engine::rule::Pick| {
        (weight, pick.outcome, pick.amounts.iter().map(|span| (span.low(), span.high())).collect())
    };
    match decision {
        Decision::Certain(certain) => vec![pick(None, certain)],
        Decision::Weighted(picks) => picks.iter().map(|(weight, one)| pick(Some(*weight), one)).collect(),
    }
}

fn native_plain(decision: &native::Decision) -> Plain {
    let pick = |weight, pick: &native::Pick| {
        (weight, pick.outcome, pick.amounts.iter().map(|span| (span.low, span.high)).collect())
    };
    match decision {
        native::Decision::Certain(certain) => vec![pick(None, certain)],
        native::Decision::Weighted(picks) => picks.iter().map(|(weight, one)| pick(Some(*weight), one)).collect(),
    }
}

#[tokio::test]
async fn their_problems_have_places() {
    let component = standard().iter().find(|standard| standard.name == "weight-tier").unwrap().component;
    let config = json!({"fact": "player.draws.total", "tiers": []});
    let error = sandbox().prepare(Digest::of(component), component, Kind::Guard, &config).await.unwrap_err();
    let PrepareError::Problems(problems) = error else { panic!("{error:?}") };
    assert_eq!(problems[0].place, "/tiers");
}

#[tokio::test]
async fn a_warm_evaluation_takes_no_page_fault() {
    let component = standard().iter().find(|standard| standard.name == "weight-tier").unwrap().component;
    let config = json!({"fact": "player.draws.total", "tiers": [{"from": 1, "pool": "better"}]});
    let rule = sandbox().prepare(Digest::of(component), component, Kind::Guard, &config).await.unwrap();
    let thousand = || (0..1000).for_each(|draws| drop(rule.evaluate(&[Value::Integer(draws)], FUEL).unwrap()));
    thousand();
    let before = page_faults();
    (0..10).for_each(|_| thousand());
    let faults = page_faults() - before;
    assert!(faults < 10, "{faults} page faults in 10,000 evaluations");
}

/// Page faults of this thread that were met without reading from a disk.
fn page_faults() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
    // After the name in brackets, which may hold spaces, this is the eighth field.
    stat.rsplit(')').next().unwrap().split_whitespace().nth(7).unwrap().parse().unwrap()
}
