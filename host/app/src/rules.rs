//! From the rules that a document names to rules that are ready to run.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::try_join_all;
use tombola_domain::digest::Digest;
use tombola_engine::document::Document;
use tombola_engine::revision::ModuleRef;
use tombola_engine::rule::{Rule, RuleFactory};
use tombola_engine::verify::{Lookup, RuleReference, RuleUse, Units, Verified, rule_uses, verify};
use tombola_store::Store;

use crate::Result;
use crate::measured::Measured;

/// Versions of a rule that are named where a document asks for another: the newest, since one of them is meant.
const VERSIONS_NAMED_MAX: usize = 8;

/// A document held against the rules that it names.
pub(crate) struct Prepared {
    pub(crate) verified: Verified,
    /// What each reference stood for.
    pub(crate) modules: BTreeMap<String, ModuleRef>,
}

/// Resolves and prepares every rule of a document, and verifies it. References in `pinned` stand for what is said there, and
/// all others for the newest module that they allow.
pub(crate) async fn prepare(
    store: &dyn Store,
    factory: &dyn RuleFactory,
    document: &Document,
    pinned: &BTreeMap<String, ModuleRef>,
    units: Units<'_>,
) -> Result<Prepared> {
    let mut modules = pinned.clone();
    let mut resolved = Vec::new();
    for rule_use in rule_uses(document) {
        resolved.push((resolve(store, &rule_use.reference, &mut modules).await?, rule_use));
    }
    // Preparing is compiling, in processes of which several run side by side.
    let prepared = resolved.into_iter().map(async |(module, rule_use)| match module {
        Ok(module) => prepare_one(store, factory, &module, &rule_use).await,
        Err(miss) => Ok(miss),
    });
    let lookups = try_join_all(prepared).await?;
    Ok(Prepared { verified: verify(document, lookups, units), modules })
}

struct Module {
    digest: Digest,
    /// For metrics.
    name: String,
}

async fn resolve(
    store: &dyn Store,
    reference: &str,
    modules: &mut BTreeMap<String, ModuleRef>,
) -> Result<std::result::Result<Module, Lookup>> {
    let parsed: RuleReference = match reference.parse() {
        Ok(parsed) => parsed,
        Err(error) => return Ok(Err(Lookup::Invalid(error))),
    };
    if !modules.contains_key(reference) {
        let found = match newest(store, &parsed).await? {
            Ok(found) => found,
            Err(miss) => return Ok(Err(miss)),
        };
        modules.insert(reference.to_owned(), found);
    }
    let module = &modules[reference];
    let name = format!("{}@{}", parsed.name, module.version);
    Ok(module.digest.parse().map(|digest| Module { digest, name }).map_err(|_| Lookup::UnknownName))
}

async fn newest(store: &dyn Store, reference: &RuleReference) -> Result<std::result::Result<ModuleRef, Lookup>> {
    let versions = store.versions(&reference.name).await?;
    let mut known: Vec<(semver::Version, Digest)> =
        versions.iter().filter_map(|module| Some((module.version.parse().ok()?, module.digest))).collect();
    known.sort();
    let matching = known.iter().rev().find(|(version, _)| reference.versions.matches(version));
    Ok(match matching {
        Some((version, digest)) => Ok(ModuleRef { version: version.to_string(), digest: digest.to_string() }),
        None if known.is_empty() => Err(Lookup::UnknownName),
        None => Err(Lookup::UnknownVersion(newest_of(&known))),
    })
}

/// As many as a hint may name.
fn newest_of(ascending: &[(semver::Version, Digest)]) -> Vec<String> {
    let begins = ascending.len().saturating_sub(VERSIONS_NAMED_MAX);
    ascending[begins..].iter().map(|(version, _)| version.to_string()).collect()
}

async fn prepare_one(
    store: &dyn Store,
    factory: &dyn RuleFactory,
    module: &Module,
    rule_use: &RuleUse,
) -> Result<Lookup> {
    let Some(component) = store.component(&module.digest).await? else { return Ok(Lookup::UnknownName) };
    let prepared = factory.prepare(module.digest, &component, rule_use.kind, &rule_use.config).await;
    let measured = |rule| Arc::new(Measured::new(rule, &module.name)) as Arc<dyn Rule>;
    Ok(Lookup::prepared(module.digest, prepared.map(measured))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_versions_are_named() {
        let known: Vec<_> = (0..20).map(|minor| (semver::Version::new(1, minor, 0), Digest::of(b""))).collect();
        let named = newest_of(&known);
        assert_eq!((named.len(), &*named[0], &*named[7]), (8, "1.12.0", "1.19.0"));
        assert_eq!(newest_of(&known[..1]), ["1.0.0"]);
    }
}
