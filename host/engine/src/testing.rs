//! A rule for tests that does what its config says, and a way from YAML to a pipeline.
//!
//! `say@1` takes `{outcomes: […], pick: N | weights: […] | fact: NAME, fault: true, fuel: N}`: it declares the outcomes and
//! answers the one at `pick`, or by `weights`, or the one that an integer fact names, and takes so much fuel.

use std::sync::Arc;

use serde_json::Value as Json;
use tombola_domain::amount::Span;
use tombola_domain::digest::Digest;
use tombola_domain::fact::{Fact, FactType, Value};
use tombola_domain::rebate::Recipient;

use crate::document;
use crate::finding::Finding;
use crate::native::{Decide, NativeRule};
use crate::pipeline::Pipeline;
use crate::rule::{
    Decision, Evaluation, FactNeed, Fault, FaultKind, Fuel, Gain, Needs, Outcome, Pick, Problem, Reward, Rule,
    Unavailable,
};
use crate::verify::{Lookup, RuleReference, RuleUse, Units, Verified, rule_uses, verify};

pub(crate) fn verified(text: &str) -> Verified {
    let units = ["coins", "points", "stars"].map(|unit| unit.parse().unwrap()).into();
    verified_with(text, Units::Declared(&units))
}

pub(crate) fn verified_with(text: &str, units: Units<'_>) -> Verified {
    let document = match document::parse(text) {
        Ok(document) => document,
        Err(findings) => return Verified { pipeline: None, findings },
    };
    verify(&document, rule_uses(&document).iter().map(look_up).collect(), units)
}

pub(crate) fn pipeline(text: &str) -> Pipeline {
    let Verified { pipeline, findings } = verified(text);
    pipeline.unwrap_or_else(|| panic!("{}", lines(&findings)))
}

pub(crate) fn lines(findings: &[Finding]) -> String {
    findings.iter().map(ToString::to_string).flat_map(|line| [line, "\n".to_owned()]).collect()
}

fn look_up(rule_use: &RuleUse) -> Lookup {
    match rule_use.reference.parse::<RuleReference>() {
        Err(error) => Lookup::Invalid(error),
        Ok(reference) if reference.name != "say" => Lookup::UnknownName,
        Ok(reference) if !reference.versions.matches(&semver::Version::new(1, 2, 3)) => {
            Lookup::UnknownVersion(vec!["1.2.3".to_owned()])
        }
        Ok(_) if rule_use.config.get("wrong").is_some() => {
            let problem = Problem { place: "/wrong".to_owned(), message: "not so".to_owned(), hint: String::new() };
            Lookup::Refused(vec![problem])
        }
        Ok(_) => Lookup::Found { module: Digest::of(b"say"), rule: Arc::new(Say::new(&rule_use.config)) },
    }
}

/// A native rule that meters.
#[derive(Debug)]
struct Say {
    rule: NativeRule,
    takes: u64,
}

impl Say {
    fn new(config: &Json) -> Self {
        Self { rule: say(config), takes: config["fuel"].as_u64().unwrap_or(0) }
    }
}

impl Rule for Say {
    fn needs(&self) -> &Needs {
        self.rule.needs()
    }

    fn evaluate(&self, facts: &[Value], fuel: Fuel) -> Result<Evaluation, Unavailable> {
        match fuel {
            Fuel::Part(units) if units < self.takes => Err(Unavailable::Unfinished),
            Fuel::All(units) if units < self.takes => {
                let fault = Fault { kind: FaultKind::Fuel, message: "all fuel consumed".to_owned() };
                Ok(Evaluation { decision: Err(fault), fuel: units })
            }
            _ => Ok(Evaluation { fuel: self.takes, ..self.rule.evaluate(facts, fuel)? }),
        }
    }
}

fn say(config: &Json) -> NativeRule {
    let outcomes = config["outcomes"].as_array().unwrap().iter().map(outcome).collect();
    let fact = config["fact"].as_str().map(str::to_owned);
    let expected = match fact.as_deref().and_then(|name| name.parse::<Fact>().ok()) {
        Some(fact) if config["expected"].is_null() => fact.entry().fact_type.unwrap_or(FactType::Integer),
        _ => FactType::Integer,
    };
    let facts = fact.into_iter().map(|name| FactNeed { name, expected }).collect();
    NativeRule::new(Needs { facts, outcomes }, answer(config.clone()))
}

fn answer(config: Json) -> Decide {
    let pick = |outcome: u64| Pick { outcome: u32::try_from(outcome).unwrap(), amounts: vec![] };
    Box::new(move |facts| {
        if config["fault"] == Json::Bool(true) {
            return Err(Fault { kind: FaultKind::Trap, message: "asked to".to_owned() });
        }
        if let Some(weights) = config["weights"].as_array() {
            let weights = weights.iter().enumerate();
            return Ok(Decision::Weighted(
                weights.map(|(at, weight)| (weight.as_u64().unwrap(), pick(at as u64))).collect(),
            ));
        }
        let chosen = match facts {
            [Value::Integer(value)] => u64::try_from(*value).unwrap(),
            [Value::Boolean(value)] => u64::from(*value),
            [Value::Text(text)] => text.len() as u64,
            _ => config["pick"].as_u64().unwrap_or(0),
        };
        Ok(Decision::Certain(pick(chosen)))
    })
}

fn outcome(written: &Json) -> Outcome {
    let text = |value: &Json| value.as_str().unwrap().to_owned();
    match written {
        Json::String(_) => Outcome::Proceed,
        _ if written.get("choose").is_some() => Outcome::Choose(text(&written["choose"])),
        _ if written.get("follow").is_some() => Outcome::Follow(text(&written["follow"])),
        _ if written.get("refuse").is_some() => {
            Outcome::Refuse { code: text(&written["refuse"]), message: "no".to_owned() }
        }
        _ if written.get("rewards").is_some() => {
            Outcome::Rewards(written["rewards"].as_array().unwrap().iter().map(reward).collect())
        }
        _ => {
            let grant = &written["grant"];
            let amount = Span::new(grant[1].as_i64().unwrap_or(1), grant[2].as_i64().unwrap_or(1)).unwrap();
            Outcome::Grant { prize: text(&grant[0]), amount }
        }
    }
}

/// `[what, low, high, referrer]`, all but the first of which may be left out. What is `chances`, `prize NAME` or a unit.
fn reward(written: &Json) -> Reward {
    let what = written[0].as_str().unwrap();
    let gain = match what.split_once(' ') {
        Some(("prize", prize)) => Gain::Prize(prize.to_owned()),
        _ if what == "chances" => Gain::Chances,
        _ => Gain::Points(what.to_owned()),
    };
    let low = written[1].as_i64().unwrap_or(1);
    let amount = Span::new(low, written[2].as_i64().unwrap_or(low)).unwrap();
    let recipient = if written[3] == "referrer" { Recipient::Referrer } else { Recipient::Player };
    Reward { recipient, gain, amount }
}
