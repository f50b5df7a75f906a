//! The standard rules, natively, as the modules of a database; and two that examples need and nobody would upload.

use std::sync::Arc;

use tombola_domain::amount::Span;
use tombola_domain::digest::Digest;
use tombola_domain::fact::{FactType, Value};
use tombola_engine::native::{Decide, NativeRule};
use tombola_engine::rule::{
    Decision, FactNeed, Fault, FaultKind, Kind, Needs, Outcome, Pick, PrepareError, Problem, Unavailable,
};
use tombola_engine::verify::{Lookup, RuleReference, RuleUse};
use tombola_rule::native;

/// What the database would have for one use of a rule.
pub(crate) fn look_up(rule_use: &RuleUse) -> Lookup {
    let reference: RuleReference = match rule_use.reference.parse() {
        Ok(reference) => reference,
        Err(error) => return Lookup::Invalid(error),
    };
    match reference.name.as_str() {
        "broken" => return Lookup::Unprepared(PrepareError::Fault(trap())),
        "busy" => return Lookup::Unprepared(PrepareError::Unavailable(Unavailable("no process is free".to_owned()))),
        _ => {}
    }
    let named: Vec<_> = tombola_standard_rules::native().filter(|rule| rule.name() == reference.name).collect();
    let Some(first) = named.first() else { return Lookup::UnknownName };
    let version = semver::Version::parse(first.version()).expect("packages have semantic versions");
    if !reference.versions.matches(&version) {
        return Lookup::UnknownVersion(vec![version.to_string()]);
    }
    match named.iter().find(|rule| kind(rule.kind()) == rule_use.kind) {
        None => Lookup::Unprepared(PrepareError::WrongKind),
        Some(rule) => configured(rule, &rule_use.config),
    }
}

fn configured(rule: &native::Rule, config: &serde_json::Value) -> Lookup {
    match rule.configure(&config.to_string()) {
        Err(problems) => Lookup::Unprepared(PrepareError::Problems(problems.into_iter().map(problem).collect())),
        Ok(configured) => {
            let native = NativeRule::new(needs(configured.declared()), decide(configured));
            Lookup::Found { module: Digest::of(rule.name().as_bytes()), rule: Arc::new(native) }
        }
    }
}

fn decide(configured: Box<dyn native::Configured>) -> Decide {
    Box::new(move |facts| {
        let facts: Vec<_> = facts.iter().map(value).collect();
        let refused = |message| Fault { kind: FaultKind::Refused, message };
        Ok(match configured.evaluate(&facts).map_err(refused)? {
            native::Decision::Certain(certain) => Decision::Certain(pick(&certain)),
            native::Decision::Weighted(picks) => {
                Decision::Weighted(picks.iter().map(|(weight, one)| (*weight, pick(one))).collect())
            }
        })
    })
}

fn pick(picked: &native::Pick) -> Pick {
    Pick { outcome: picked.outcome, amounts: picked.amounts.iter().map(span).collect() }
}

fn span(amount: &tombola_rule::Span) -> Span {
    Span::new(amount.low, amount.high).expect("the rule's config keeps the bounds of amounts")
}

fn value(value: &Value) -> tombola_rule::Value {
    match value.clone() {
        Value::None => tombola_rule::Value::None,
        Value::Boolean(value) => tombola_rule::Value::Boolean(value),
        Value::Integer(value) => tombola_rule::Value::Integer(value),
        Value::Integers(values) => tombola_rule::Value::Integers(values),
        Value::Text(value) => tombola_rule::Value::Text(value),
        Value::Texts(values) => tombola_rule::Value::Texts(values),
    }
}

fn trap() -> Fault {
    Fault { kind: FaultKind::Trap, message: "unreachable code was reached".to_owned() }
}

fn needs(declared: &native::Declared) -> Needs {
    let fact = |need: &tombola_rule::FactNeed| FactNeed { name: need.name.clone(), expected: fact_type(need.expected) };
    Needs {
        facts: declared.facts.iter().map(fact).collect(),
        outcomes: declared.outcomes.iter().cloned().map(outcome).collect(),
    }
}

fn outcome(declared: native::Outcome) -> Outcome {
    match declared {
        native::Outcome::Proceed => Outcome::Proceed,
        native::Outcome::Choose(pool) => Outcome::Choose(pool),
        native::Outcome::Refuse { code, message } => Outcome::Refuse { code, message },
        native::Outcome::Follow(label) => Outcome::Follow(label),
        native::Outcome::Grant { prize, amount } => Outcome::Grant { prize, amount: span(&amount) },
    }
}

fn fact_type(expected: tombola_rule::FactType) -> FactType {
    match expected {
        tombola_rule::FactType::Boolean => FactType::Boolean,
        tombola_rule::FactType::Integer => FactType::Integer,
        tombola_rule::FactType::Integers => FactType::Integers,
        tombola_rule::FactType::Text => FactType::Text,
        tombola_rule::FactType::Texts => FactType::Texts,
    }
}

fn kind(kind: native::Kind) -> Kind {
    match kind {
        native::Kind::Guard => Kind::Guard,
        native::Kind::Branch => Kind::Branch,
    }
}

fn problem(problem: tombola_rule::Problem) -> Problem {
    Problem { place: problem.place, message: problem.message, hint: problem.hint }
}
