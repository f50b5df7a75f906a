//! The traits that a rule implements, one a kind.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::{BranchNeeds, Decision, Facts, GuardNeeds, Problems, RebateNeeds};

/// A rule in the chain of responsibility, asked before the draw.
pub trait Guard: Sized + Send + Sync + 'static {
    /// What operators write. Its JSON Schema is made when the component is built.
    type Config: DeserializeOwned + JsonSchema;

    /// Checks the config, and declares which facts are read and which outcomes are possible under it.
    fn configure(config: Self::Config, needs: &mut GuardNeeds) -> Result<Self, Problems>;

    /// Answers from the facts alone. Every call starts from what [`Guard::configure`] left behind.
    fn decide(&self, facts: &Facts<'_>) -> Result<Decision, Fault>;
}

/// A rule in a prize's tree, asked after the draw.
pub trait Branch: Sized + Send + Sync + 'static {
    /// What operators write. Its JSON Schema is made when the component is built.
    type Config: DeserializeOwned + JsonSchema;

    /// Checks the config, and declares which facts are read and which outcomes are possible under it.
    fn configure(config: Self::Config, needs: &mut BranchNeeds) -> Result<Self, Problems>;

    /// Answers from the facts alone. Every call starts from what [`Branch::configure`] left behind.
    fn decide(&self, facts: &Facts<'_>) -> Result<Decision, Fault>;
}

/// A rule that is asked what an event earns: something that a player did, as the campaign's document declares it.
pub trait Rebate: Sized + Send + Sync + 'static {
    /// What operators write. Its JSON Schema is made when the component is built.
    type Config: DeserializeOwned + JsonSchema;

    /// Checks the config, and declares which facts are read and which outcomes are possible under it.
    fn configure(config: Self::Config, needs: &mut RebateNeeds) -> Result<Self, Problems>;

    /// Answers from the facts alone. Every call starts from what [`Rebate::configure`] left behind.
    fn decide(&self, facts: &Facts<'_>) -> Result<Decision, Fault>;
}

/// Why a rule can give no answer. The node's `on_fault` holds, and the operator reads the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault(Cow<'static, str>);

impl<T: Into<Cow<'static, str>>> From<T> for Fault {
    fn from(message: T) -> Self {
        Self(message.into())
    }
}

impl Fault {
    pub(crate) fn into_message(self) -> String {
        self.0.into_owned()
    }
}
