//! The corpus where it stands among the rebates of a campaign: each guest comes to what is expected of it, and the rebate
//! beside it gives what it gives.

use std::sync::Arc;

use serde_json::json;
use tombola_domain::digest::Digest;
use tombola_domain::fact::Value;
use tombola_domain::random::Seed;
use tombola_engine::document;
use tombola_engine::pipeline::Pipeline;
use tombola_engine::rebates::{Decided, Situation, decide};
use tombola_engine::rule::{Kind, Rule, RuleFactory};
use tombola_engine::verify::{Lookup, Units, rule_uses, verify};
use tombola_guests::{EXPECTED_REBATES, corpus};
use tombola_sandbox::Sandbox;
use tombola_standard_rules::standard;

use crate::bed::{prepare, sandbox};
use crate::corpus::{Came, difference, unprepared};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_guest_comes_to_what_it_must_among_rebates() {
    let sandbox = sandbox();
    let honest = honest(&sandbox).await;
    let mut guests = corpus();
    let mut wrong = Vec::new();
    for (name, comes) in EXPECTED_REBATES {
        let guest = guests.remove(*name).unwrap();
        assert_eq!(sandbox.admit(&guest.component).await.unwrap().name, *name);
        let came = match prepare(&sandbox, &guest.component, Kind::Rebate).await {
            Ok(rule) => Ok(given(&rule, &honest)),
            Err(error) => unprepared(error),
        };
        wrong.extend(difference(name, &came, *comes));
    }
    assert!(wrong.is_empty(), "{} guests:\n{}", wrong.len(), wrong.join("\n"));
}

/// A rule that gives seven coins for every event.
async fn honest(sandbox: &Sandbox) -> Arc<dyn Rule> {
    let component = standard().iter().find(|rule| rule.name == "milestone").unwrap().component;
    let config = json!({"every": 1, "rewards": [{"unit": "coins", "amount": 7}]});
    sandbox.prepare(Digest::of(component), component, Kind::Rebate, &config).await.unwrap()
}

fn given(guest: &Arc<dyn Rule>, honest: &Arc<dyn Rule>) -> Came {
    let pipeline = match campaign(guest, honest) {
        Ok(pipeline) => pipeline,
        Err(findings) => return Came::Unpublished(findings),
    };
    let decided = event(&pipeline);
    assert_eq!(event(&pipeline), decided, "the same event comes out the same");
    let alone = event(&campaign(honest, honest).unwrap());
    assert_eq!(decided.steps[1], alone.steps[1], "as if nothing had been before it");
    assert_eq!(decided.rewards.last(), alone.rewards.last());
    match decided.faults.first() {
        None => Came::Answer(decided.steps[0].outcome.clone()),
        Some(fault) => {
            assert_eq!(decided.steps[0].outcome, format!("fault: {}", fault.fault.kind));
            assert_eq!(decided.rewards.len(), 1, "what fails gives nothing");
            Came::Fault(fault.fault.kind, fault.fault.message.clone())
        }
    }
}

fn campaign(guest: &Arc<dyn Rule>, honest: &Arc<dyn Rule>) -> Result<Pipeline, String> {
    let text = "campaign: spring\ntitle: Spring\nwindow: {opens: 2026-12-01T00:00:00Z}\nchances: {granted: 0}\n\
                prizes: [{id: mug, title: Mug, stock: unlimited}]\npools: {default: {mug: 1}}\nevents: {visit: {}}\n\
                rebates: [{id: hostile, on: visit, rule: hostile@1}, {id: honest, on: visit, rule: honest@1}]\n";
    let document = document::parse(text).unwrap();
    let lookups = rule_uses(&document).into_iter().map(|rule_use| {
        let rule = if rule_use.reference == "honest@1" { honest } else { guest };
        Lookup::Found { module: Digest::of(rule_use.reference.as_bytes()), rule: Arc::clone(rule) }
    });
    let units = ["coins".parse().unwrap()].into();
    let verified = verify(&document, lookups.collect(), Units::Declared(&units));
    let findings: String = verified.findings.iter().map(ToString::to_string).collect();
    assert!(findings.len() < 1_000, "what a guest says is not told at any length: {findings}");
    assert!(!findings.contains('\u{1b}'), "nor does it obey: {findings}");
    verified.pipeline.ok_or(findings)
}

/// One event, for which something must be decided: a rule's fault is an outcome.
fn event(pipeline: &Pipeline) -> Decided {
    let event = pipeline.event("visit").unwrap();
    let facts = vec![Value::Integer(7); event.facts.len()];
    let seed = Seed::from_bytes([7; 32]);
    decide(event, &Situation { facts: &facts, seed: &seed }).unwrap()
}
