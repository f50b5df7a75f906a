//! From a revision's text and its modules to a pipeline.

use std::collections::HashMap;

use futures_util::future::join_all;
use tombola_domain::digest::Digest;
use tombola_engine::pipeline::Pipeline;
use tombola_engine::revision::Revision;
use tombola_engine::rule::RuleFactory;
use tombola_engine::verify::{Lookup, RuleUse, Units, Verified, rule_uses, verify};

use crate::verdict::{Flaw, Missing};

/// A pipeline, or why there is none.
pub(super) type Ready = Result<Pipeline, NotReady>;

pub(super) enum NotReady {
    Missing(Missing),
    Flawed(Flaw),
}

pub(super) async fn prepare(factory: &dyn RuleFactory, modules: &HashMap<Digest, Vec<u8>>, text: &str) -> Ready {
    let flawed = |reason: String| NotReady::Flawed(Flaw::new("revision", reason));
    let revision: Revision = serde_json::from_str(text).map_err(|error| flawed(error.to_string()))?;
    let uses = rule_uses(&revision.document);
    let lookups = uses.iter().map(|rule_use| look_up(factory, modules, &revision, rule_use));
    let lookups = join_all(lookups).await.into_iter().collect::<Result<_, _>>()?;
    let Verified { pipeline, findings } = verify(&revision.document, lookups, Units::Any);
    pipeline.ok_or_else(|| flawed(findings.first().map_or_else(String::new, ToString::to_string)))
}

async fn look_up(
    factory: &dyn RuleFactory,
    modules: &HashMap<Digest, Vec<u8>>,
    revision: &Revision,
    rule_use: &RuleUse,
) -> Result<Lookup, NotReady> {
    let named = revision.modules.get(&rule_use.reference).and_then(|module| module.digest.parse().ok());
    let Some(module): Option<Digest> = named else { return Ok(Lookup::UnknownName) };
    let component = modules.get(&module).ok_or_else(|| NotReady::Missing(Missing::Module(module.to_string())))?;
    let prepared = factory.prepare(module, component, rule_use.kind, &rule_use.config).await;
    Lookup::prepared(module, prepared).map_err(|error| NotReady::Missing(Missing::Rule(error.to_string())))
}
