//! Rules as native functions: the runner for tests, and for comparing what the sandbox answers.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::fact::Value;

use crate::rule::{
    AdmitError, Decision, Evaluation, Fault, Fuel, Kind, Manifest, Needs, PrepareError, Problem, Rule, RuleFactory,
    Unavailable,
};

/// What a native rule answers to facts.
pub type Decide = Box<dyn Fn(&[Value]) -> Result<Decision, Fault> + Send + Sync>;
/// What a native rule makes of a config.
pub type Configure = Box<dyn Fn(&serde_json::Value) -> Result<(Needs, Decide), Vec<Problem>> + Send + Sync>;

/// A configured native rule.
pub struct NativeRule {
    needs: Needs,
    decide: Decide,
}

impl NativeRule {
    /// The rule that has these needs and decides so.
    pub fn new(needs: Needs, decide: Decide) -> Self {
        Self { needs, decide }
    }
}

impl fmt::Debug for NativeRule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("NativeRule").field("needs", &self.needs).finish_non_exhaustive()
    }
}

impl Rule for NativeRule {
    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn evaluate(&self, facts: &[Value], _fuel: Fuel) -> Result<Evaluation, Unavailable> {
        Ok(Evaluation { decision: (self.decide)(facts), fuel: 0 })
    }
}

/// A factory whose modules are named by the bytes that stand for them.
#[derive(Default)]
pub struct NativeFactory {
    rules: HashMap<(Digest, Kind), Configure>,
    manifests: HashMap<Digest, Manifest>,
}

impl NativeFactory {
    /// Adds a rule. Its component is whatever bytes [`Self::component`] gives for the manifest.
    pub fn add(&mut self, manifest: Manifest, kind: Kind, configure: Configure) {
        let digest = Digest::of(&Self::component(&manifest));
        self.rules.insert((digest, kind), configure);
        self.manifests.insert(digest, manifest);
    }

    /// The bytes that stand for a module.
    pub fn component(manifest: &Manifest) -> Vec<u8> {
        format!("native {} {}", manifest.name, manifest.version).into_bytes()
    }
}

#[async_trait]
impl RuleFactory for NativeFactory {
    async fn admit(&self, component: &[u8]) -> Result<Manifest, AdmitError> {
        let manifest = self.manifests.get(&Digest::of(component));
        manifest.cloned().ok_or_else(|| AdmitError::Invalid("no native rule has these bytes".to_owned()))
    }

    async fn prepare(
        &self,
        digest: Digest,
        _component: &[u8],
        kind: Kind,
        config: &serde_json::Value,
    ) -> Result<Arc<dyn Rule>, PrepareError> {
        let configure = self.rules.get(&(digest, kind)).ok_or(PrepareError::WrongKind)?;
        let (needs, decide) = configure(config).map_err(PrepareError::Problems)?;
        Ok(Arc::new(NativeRule::new(needs, decide)))
    }
}
