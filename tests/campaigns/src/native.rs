//! The standard rules as native rules of the engine.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tombola_domain::amount::{Span, SpanError};
use tombola_domain::fact::{FactType, Value};
use tombola_domain::rebate::Recipient;
use tombola_engine::native::{Configure, Decide, NativeFactory};
use tombola_engine::rule::{
    Decision, FactNeed, Fault, FaultKind, Gain, Kind, Manifest, Needs, Outcome, Pick, Problem, Reward,
};
use tombola_rule::native::{self, Configured, Declared};

/// A factory of these rules, and a manifest for each module: rules of one name are kinds of one module.
pub(crate) fn factory(rules: &[native::Rule]) -> (NativeFactory, Vec<Manifest>) {
    let mut manifests: Vec<Manifest> = Vec::new();
    for rule in rules {
        match manifests.iter_mut().find(|manifest| manifest.name == rule.name()) {
            Some(manifest) => manifest.kinds.push(kind(rule.kind())),
            None => manifests.push(manifest(rule)),
        }
    }
    let mut factory = NativeFactory::default();
    for rule in rules {
        let manifest = manifests.iter().find(|manifest| manifest.name == rule.name());
        factory.add(manifest.expect("each rule has one").clone(), kind(rule.kind()), configure(*rule));
    }
    (factory, manifests)
}

fn manifest(rule: &native::Rule) -> Manifest {
    Manifest {
        name: rule.name().to_owned(),
        version: semver::Version::parse(rule.version()).expect("packages have semantic versions"),
        summary: rule.summary().to_owned(),
        kinds: vec![kind(rule.kind())],
        config_schema: Some(rule.schema()),
    }
}

fn kind(kind: native::Kind) -> Kind {
    match kind {
        native::Kind::Guard => Kind::Guard,
        native::Kind::Branch => Kind::Branch,
        native::Kind::Rebate => Kind::Rebate,
    }
}

fn configure(rule: native::Rule) -> Configure {
    Box::new(move |config| {
        let configured = rule.configure(&config.to_string());
        let configured = configured.map_err(|problems| problems.into_iter().map(problem).collect::<Vec<_>>())?;
        Ok((needs(configured.declared()), decide(configured)))
    })
}

fn decide(configured: Box<dyn Configured>) -> Decide {
    Box::new(move |facts| {
        let facts: Vec<_> = facts.iter().map(value).collect();
        // What is a panic here is a trap in the sandbox.
        match catch_unwind(AssertUnwindSafe(|| configured.evaluate(&facts))) {
            Ok(Ok(decided)) => decision(decided).map_err(|error| fault(FaultKind::Undeclared, error.to_string())),
            Ok(Err(message)) => Err(fault(FaultKind::Refused, message)),
            Err(_) => Err(fault(FaultKind::Trap, "the rule panicked".to_owned())),
        }
    })
}

fn fault(kind: FaultKind, message: String) -> Fault {
    Fault { kind, message }
}

fn problem(problem: tombola_rule::Problem) -> Problem {
    Problem { place: problem.place, message: problem.message, hint: problem.hint }
}

fn needs(declared: &Declared) -> Needs {
    let fact = |need: &tombola_rule::FactNeed| FactNeed { name: need.name.clone(), expected: fact_type(need.expected) };
    Needs {
        facts: declared.facts.iter().map(fact).collect(),
        outcomes: declared.outcomes.iter().cloned().map(outcome).collect(),
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

fn outcome(declared: native::Outcome) -> Outcome {
    match declared {
        native::Outcome::Proceed => Outcome::Proceed,
        native::Outcome::Choose(pool) => Outcome::Choose(pool),
        native::Outcome::Refuse { code, message } => Outcome::Refuse { code, message },
        native::Outcome::Follow(label) => Outcome::Follow(label),
        native::Outcome::Grant { prize, amount } => {
            let amount = span(&amount).expect("the rule's config keeps the bounds of amounts");
            Outcome::Grant { prize, amount }
        }
        native::Outcome::Rewards(rewards) => Outcome::Rewards(rewards.into_iter().map(reward).collect()),
    }
}

fn reward(declared: tombola_rule::Reward) -> Reward {
    let recipient = match declared.recipient {
        tombola_rule::Recipient::Player => Recipient::Player,
        tombola_rule::Recipient::Referrer => Recipient::Referrer,
    };
    let (gain, amount) = match declared.gain {
        tombola_rule::Gain::Points(points) => (Gain::Points(points.unit), points.amount),
        tombola_rule::Gain::Chances(amount) => (Gain::Chances, amount),
        tombola_rule::Gain::Prize(award) => (Gain::Prize(award.prize), award.amount),
    };
    let amount = span(&amount).expect("the rule's config keeps the bounds of amounts");
    Reward { recipient, gain, amount }
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

fn decision(decided: native::Decision) -> Result<Decision, SpanError> {
    Ok(match decided {
        native::Decision::Certain(certain) => Decision::Certain(pick(&certain)?),
        native::Decision::Weighted(picks) => {
            let picks = picks.iter().map(|(weight, one)| Ok((*weight, pick(one)?)));
            Decision::Weighted(picks.collect::<Result<_, SpanError>>()?)
        }
    })
}

fn pick(picked: &native::Pick) -> Result<Pick, SpanError> {
    Ok(Pick { outcome: picked.outcome, amounts: picked.amounts.iter().map(span).collect::<Result<_, _>>()? })
}

fn span(written: &tombola_rule::Span) -> Result<Span, SpanError> {
    Span::new(written.low, written.high)
}
