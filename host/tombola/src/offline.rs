//! Running rules without a host: nothing is stored, and nothing but what stands in this program is run, unless it is given.

use std::ffi::OsString;
use std::sync::Arc;

use anyhow::Context;
use semver::Version;
use tombola_domain::digest::Digest;
use tombola_engine::document::Document;
use tombola_engine::rule::{RuleFactory, Unavailable};
use tombola_engine::verify::{Lookup, RuleReference, RuleUse, rule_uses};
use tombola_sandbox::{ClassSettings, Sandbox, Settings, WorkerSettings};
use tombola_standard_rules::{Standard, standard};

use crate::host::WORKER_COMMAND;

/// The rules run as they do on a host; their native code is kept nowhere.
pub(crate) fn sandbox() -> anyhow::Result<Sandbox> {
    let program = std::env::current_exe().context("finding this program")?;
    let worker = WorkerSettings::new(program, vec![OsString::from(WORKER_COMMAND)]);
    Sandbox::new(Settings { class: ClassSettings::FAST, worker, cache: None }).context("setting up the sandbox")
}

/// The standard rules, as a new host has them.
pub(crate) struct StandardRules {
    factory: Arc<dyn RuleFactory>,
}

impl StandardRules {
    pub(crate) fn in_sandbox() -> anyhow::Result<Self> {
        Ok(Self { factory: Arc::new(sandbox()?) })
    }

    /// What there is for every rule of a document.
    pub(crate) async fn look_up(&self, document: &Document) -> Result<Vec<Lookup>, Unavailable> {
        let mut lookups = Vec::new();
        for rule_use in rule_uses(document) {
            lookups.push(self.one(&rule_use).await?);
        }
        Ok(lookups)
    }

    async fn one(&self, rule_use: &RuleUse) -> Result<Lookup, Unavailable> {
        let reference: RuleReference = match rule_use.reference.parse() {
            Ok(reference) => reference,
            Err(error) => return Ok(Lookup::Invalid(error)),
        };
        let Some(Standard { version, component, .. }) = standard().iter().find(|rule| rule.name == reference.name)
        else {
            return Ok(Lookup::UnknownName);
        };
        if !Version::parse(version).is_ok_and(|version| reference.versions.matches(&version)) {
            return Ok(Lookup::UnknownVersion(vec![(*version).to_owned()]));
        }
        let digest = Digest::of(component);
        let prepared = self.factory.prepare(digest, component, rule_use.kind, &rule_use.config).await;
        Lookup::prepared(digest, prepared)
    }
}
