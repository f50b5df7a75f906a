use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value as Json;
use tombola_domain::digest::Digest;
use tombola_engine::document::Document;
use tombola_engine::native::NativeFactory;
use tombola_engine::revision::{ModuleRef, Revision};
use tombola_engine::rule::{Kind, PrepareError, Rule, RuleFactory};
use tombola_engine::verify::{Lookup, RuleReference, RuleUse, Units, Verified, rule_uses, verify};
use tombola_rule::native;
use tombola_sandbox::{ClassSettings, Sandbox, Settings, SetupError, WorkerSettings};
use tombola_standard_rules::standard;

use crate::native::factory;

/// The standard rules as the modules of a server, and what runs them.
pub struct Library {
    factory: Arc<dyn RuleFactory>,
    modules: Vec<Module>,
}

struct Module {
    name: String,
    version: semver::Version,
    digest: Digest,
    component: Vec<u8>,
}

impl Library {
    /// The standard rules as native code.
    pub fn native() -> Self {
        Self::native_with(&[])
    }

    /// The same, with more rules of other names.
    pub fn native_with(more: &[native::Rule]) -> Self {
        let rules: Vec<_> = tombola_standard_rules::native().copied().chain(more.iter().copied()).collect();
        let (factory, manifests) = factory(&rules);
        let modules = manifests.into_iter().map(|manifest| {
            let component = NativeFactory::component(&manifest);
            Module::new(manifest.name, manifest.version, component)
        });
        Self { modules: modules.collect(), factory: Arc::new(factory) }
    }

    /// The standard rules as components in a sandbox, which are compiled by the program `worker`.
    pub fn sandboxed(worker: PathBuf) -> Result<Self, SetupError> {
        // A test never evaluates much at once, and the machines that it runs on are busy: what matters is that no
        // answer is missing because of the time of day.
        let class = ClassSettings {
            slots: 32,
            evaluations_max: 4,
            wait_ms_max: 60_000,
            deadline_ms: 60_000,
            ..ClassSettings::FAST
        };
        let settings = Settings { class, worker: WorkerSettings::new(worker, Vec::new()), cache: None };
        let modules = standard().iter().map(|rule| {
            let version = semver::Version::parse(rule.version).expect("packages have semantic versions");
            Module::new(rule.name.to_owned(), version, rule.component.to_vec())
        });
        Ok(Self { modules: modules.collect(), factory: Arc::new(Sandbox::new(settings)?) })
    }

    /// Holds a document against these rules.
    pub async fn verify(&self, document: &Document) -> Verified {
        let mut lookups = Vec::new();
        for rule_use in rule_uses(document) {
            lookups.push(self.look_up(&rule_use).await);
        }
        verify(document, lookups, Units::Any)
    }

    /// The rule of this name under this config.
    ///
    /// # Panics
    /// If there is no rule of this name.
    pub async fn prepare(&self, name: &str, kind: Kind, config: &Json) -> Result<Arc<dyn Rule>, PrepareError> {
        let module = self.modules.iter().find(|module| module.name == name);
        let Module { digest, component, .. } = module.unwrap_or_else(|| panic!("there is no rule `{name}`"));
        self.factory.prepare(*digest, component, kind, config).await
    }

    /// What runs them.
    pub fn factory(&self) -> Arc<dyn RuleFactory> {
        Arc::clone(&self.factory)
    }

    /// The bytes of a module.
    pub fn component(&self, digest: &Digest) -> Option<&[u8]> {
        self.modules.iter().find(|module| module.digest == *digest).map(|module| module.component.as_slice())
    }

    /// The document as it would be published: every rule that it names stands for the module here.
    pub fn revision(&self, document: &Document) -> Revision {
        let module = |rule_use: RuleUse| {
            let reference: RuleReference = rule_use.reference.parse().ok()?;
            let module = self.modules.iter().find(|module| module.name == reference.name)?;
            let named = ModuleRef { version: module.version.to_string(), digest: module.digest.to_string() };
            Some((rule_use.reference, named))
        };
        Revision { document: document.clone(), modules: rule_uses(document).into_iter().filter_map(module).collect() }
    }

    /// The bytes of every module, as they are uploaded to a server that has this factory.
    pub fn components(&self) -> impl Iterator<Item = &[u8]> {
        self.modules.iter().map(|module| module.component.as_slice())
    }

    /// What a server with these modules would have for one use of a rule.
    ///
    /// # Panics
    /// If the rule could not be run on this machine.
    pub async fn look_up(&self, rule_use: &RuleUse) -> Lookup {
        let reference: RuleReference = match rule_use.reference.parse() {
            Ok(reference) => reference,
            Err(error) => return Lookup::Invalid(error),
        };
        let Some(module) = self.modules.iter().find(|module| module.name == reference.name) else {
            return Lookup::UnknownName;
        };
        if !reference.versions.matches(&module.version) {
            return Lookup::UnknownVersion(vec![module.version.to_string()]);
        }
        let prepared = self.prepare(&module.name, rule_use.kind, &rule_use.config).await;
        Lookup::prepared(module.digest, prepared).unwrap_or_else(|error| panic!("{}: {error}", rule_use.reference))
    }
}

impl Module {
    fn new(name: String, version: semver::Version, component: Vec<u8>) -> Self {
        Self { name, version, digest: Digest::of(&component), component }
    }
}

impl std::fmt::Debug for Library {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.modules.iter().map(|module| module.name.as_str());
        out.debug_struct("Library").field("modules", &names.collect::<Vec<_>>()).finish_non_exhaustive()
    }
}
