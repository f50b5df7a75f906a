//! Draws in a campaign of which a hostile guest is a part: the first guard of two, and the first node of a tree.

use std::sync::Arc;

use serde_json::json;
use tombola_domain::digest::Digest;
use tombola_domain::fact::Value;
use tombola_domain::random::Seed;
use tombola_engine::decide::{Decided, Situation, decide};
use tombola_engine::document;
use tombola_engine::pipeline::Pipeline;
use tombola_engine::rule::{Kind, Rule, RuleFactory};
use tombola_engine::verify::{Lookup, Units, rule_uses, verify};
use tombola_sandbox::Sandbox;
use tombola_standard_rules::standard;

/// A guest in both places.
pub(crate) struct Placed {
    pub(crate) guard: Arc<dyn Rule>,
    pub(crate) branch: Arc<dyn Rule>,
}

/// A rule that chooses the pool `better`, for everybody.
pub(crate) async fn honest(sandbox: &Sandbox) -> Arc<dyn Rule> {
    let component = standard().iter().find(|rule| rule.name == "weight-tier").unwrap().component;
    let config = json!({"fact": "player.draws.total", "tiers": [{"from": 0, "pool": "better"}]});
    sandbox.prepare(Digest::of(component), component, Kind::Guard, &config).await.unwrap()
}

/// The campaign, where the first guard says this of its faults; or what the verifier has against it.
pub(crate) fn campaign(on_fault: &str, guest: &Placed, honest: &Arc<dyn Rule>) -> Result<Pipeline, String> {
    let text = format!(
        "campaign: spring\ntitle: Spring\nwindow: {{opens: 2026-12-01T00:00:00Z}}\n\
         prizes: [{{id: points, title: Points, stock: unlimited}}, {{id: mug, title: Mug, stock: unlimited}}]\n\
         pools: {{default: {{points: 1}}, better: {{mug: 1}}}}\n\
         guards:\n  - {{id: hostile, rule: hostile@1, on_fault: {on_fault}}}\n  - {{id: honest, rule: honest@1}}\n\
         trees: {{default: {{root: hostile, nodes: {{\
         hostile: {{rule: hostile@1, on: {{better: hand-over}}, on_fault: {{follow: better}}}}, \
         hand-over: {{grant: drawn}}}}}}}}\n"
    );
    let document = document::parse(&text).unwrap();
    let lookups = rule_uses(&document).into_iter().map(|rule_use| {
        let rule = match (rule_use.reference.as_str(), rule_use.kind) {
            ("honest@1", _) => honest,
            (_, Kind::Branch) => &guest.branch,
            _ => &guest.guard,
        };
        Lookup::Found { module: Digest::of(rule_use.reference.as_bytes()), rule: Arc::clone(rule) }
    });
    let lookups = lookups.collect();
    let verified = verify(&document, lookups, Units::Any);
    verified.pipeline.ok_or_else(|| verified.findings.iter().map(ToString::to_string).collect())
}

/// One draw, which must be possible: a rule's fault is an outcome.
pub(crate) fn draw(pipeline: &Pipeline) -> Decided {
    let facts = vec![Value::Integer(7); pipeline.facts.len()];
    let seed = Seed::from_bytes([7; 32]);
    decide(pipeline, &Situation { facts: &facts, limits: &[], seed: &seed }).unwrap()
}
