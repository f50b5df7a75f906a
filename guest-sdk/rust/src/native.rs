//! Rules run as native code, without a sandbox: for tests that compare the two, draw for draw.
//!
//! A crate's [`crate::export!`] defines `RULES`, its registry entries. All types here are plain data.

use std::ffi::{CString, c_char};

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::Value as Json;

pub use crate::bindings::types::{Decision, Pick};
use crate::bindings::{branch, guard, rebate};
use crate::export::{self, rule_name};
use crate::{Award, Branch, FactNeed, Facts, Guard, Needs, Problem, Rebate, Reward, Span, Value};

/// Where a rule stands in a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Before the draw.
    Guard,
    /// After the draw.
    Branch,
    /// For an event.
    Rebate,
}

/// A declared outcome of any kind of rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Guard: the next guard is asked.
    Proceed,
    /// Guard: this pool is drawn from.
    Choose(String),
    /// Guard: nothing is drawn.
    Refuse {
        /// For programs.
        code: String,
        /// For the player.
        message: String,
    },
    /// Branch: the tree goes on along this edge.
    Follow(String),
    /// Guard and branch: this is handed over.
    Grant {
        /// The prize.
        prize: String,
        /// How much of it.
        amount: Span,
    },
    /// Rebate: all of this is given.
    Rewards(Vec<Reward>),
}

/// What a rule reads and how it may answer, under one config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// In the order in which [`Configured::evaluate`] takes their values.
    pub facts: Vec<FactNeed>,
    /// By whose positions [`Configured::evaluate`] answers.
    pub outcomes: Vec<Outcome>,
}

/// A rule under one config.
pub trait Configured: Send + Sync {
    /// What it reads and how it may answer.
    fn declared(&self) -> &Declared;

    /// Decides once. Fails as the rule itself fails, and where `facts` are not the declared ones.
    fn evaluate(&self, facts: &[Value]) -> Result<Decision, String>;
}

type Configure = fn(&str) -> Result<Box<dyn Configured>, Vec<Problem>>;

/// One kind of rule that a crate exports.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    package: &'static str,
    version: &'static str,
    summary: &'static str,
    kind: Kind,
    configure: Configure,
    schema: fn() -> Json,
}

impl Rule {
    /// The entry of a guard.
    pub const fn guard<R: Guard>(package: &'static str, version: &'static str, summary: &'static str) -> Self {
        let (configure, schema) = (configure_guard::<R> as Configure, schema_of::<R::Config> as fn() -> _);
        Self { package, version, summary, kind: Kind::Guard, configure, schema }
    }

    /// The entry of a branch.
    pub const fn branch<R: Branch>(package: &'static str, version: &'static str, summary: &'static str) -> Self {
        let (configure, schema) = (configure_branch::<R> as Configure, schema_of::<R::Config> as fn() -> _);
        Self { package, version, summary, kind: Kind::Branch, configure, schema }
    }

    /// The entry of a rebate.
    pub const fn rebate<R: Rebate>(package: &'static str, version: &'static str, summary: &'static str) -> Self {
        let (configure, schema) = (configure_rebate::<R> as Configure, schema_of::<R::Config> as fn() -> _);
        Self { package, version, summary, kind: Kind::Rebate, configure, schema }
    }

    /// The rule's name, as its component gives it.
    pub fn name(&self) -> &'static str {
        rule_name(self.package)
    }

    /// The rule's semantic version.
    pub fn version(&self) -> &'static str {
        self.version
    }

    /// One sentence for operators.
    pub fn summary(&self) -> &'static str {
        self.summary
    }

    /// Where it stands in a pipeline.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The JSON Schema of its config.
    pub fn schema(&self) -> Json {
        (self.schema)()
    }

    /// Configures it, as its component does.
    pub fn configure(&self, config: &str) -> Result<Box<dyn Configured>, Vec<Problem>> {
        (self.configure)(config)
    }
}

/// The schema of a crate's config, as text that is never freed: for the build tool, which reads it once and goes.
/// Where the kinds of a crate have different configs, a config must be one of them.
#[doc(hidden)]
pub fn exported_schema(rules: &[Rule]) -> *const c_char {
    let mut schemas: Vec<Json> = Vec::new();
    for schema in rules.iter().map(Rule::schema) {
        if !schemas.contains(&schema) {
            schemas.push(schema);
        }
    }
    let schema = if schemas.len() == 1 { schemas.remove(0) } else { serde_json::json!({ "anyOf": schemas }) };
    CString::new(schema.to_string()).expect("JSON texts hold no zero bytes").into_raw()
}

/// Everything stands in place (no `$defs`), so that a form can be made of it without following references.
fn schema_of<C: JsonSchema>() -> Json {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    SchemaGenerator::new(settings).into_root_schema_for::<C>().to_value()
}

struct Native<F> {
    declared: Declared,
    decide: F,
}

impl<F> Configured for Native<F>
where
    F: Fn(&Facts<'_>) -> Result<Decision, String> + Send + Sync,
{
    fn declared(&self) -> &Declared {
        &self.declared
    }

    fn evaluate(&self, facts: &[Value]) -> Result<Decision, String> {
        let fits = |(need, value): (&FactNeed, &Value)| value.fact_type().is_none_or(|found| found == need.expected);
        if facts.len() != self.declared.facts.len() || !self.declared.facts.iter().zip(facts).all(fits) {
            return Err("these are not the facts that the rule asked for".to_owned());
        }
        (self.decide)(&Facts::new(facts))
    }
}

fn configure_guard<R: Guard>(config: &str) -> Result<Box<dyn Configured>, Vec<Problem>> {
    let (rule, needs) = export::guard_from_json::<R>(config)?;
    let decide = move |facts: &Facts<'_>| export::finish(rule.decide(facts));
    Ok(Box::new(Native { declared: Declared::from(needs), decide }))
}

fn configure_branch<R: Branch>(config: &str) -> Result<Box<dyn Configured>, Vec<Problem>> {
    let (rule, needs) = export::branch_from_json::<R>(config)?;
    let decide = move |facts: &Facts<'_>| export::finish(rule.decide(facts));
    Ok(Box::new(Native { declared: Declared::from(needs), decide }))
}

fn configure_rebate<R: Rebate>(config: &str) -> Result<Box<dyn Configured>, Vec<Problem>> {
    let (rule, needs) = export::rebate_from_json::<R>(config)?;
    let decide = move |facts: &Facts<'_>| export::finish(rule.decide(facts));
    Ok(Box::new(Native { declared: Declared::from(needs), decide }))
}

impl<O: Into<Outcome>> From<Needs<O>> for Declared {
    fn from(needs: Needs<O>) -> Self {
        Self { facts: needs.facts.0, outcomes: needs.outcomes.into_iter().map(Into::into).collect() }
    }
}

impl From<guard::Outcome> for Outcome {
    fn from(outcome: guard::Outcome) -> Self {
        match outcome {
            guard::Outcome::Proceed => Self::Proceed,
            guard::Outcome::Choose(pool) => Self::Choose(pool),
            guard::Outcome::Grant(award) => award.into(),
            guard::Outcome::Refuse(guard::Refusal { code, message }) => Self::Refuse { code, message },
        }
    }
}

impl From<branch::Outcome> for Outcome {
    fn from(outcome: branch::Outcome) -> Self {
        match outcome {
            branch::Outcome::Follow(label) => Self::Follow(label),
            branch::Outcome::Grant(award) => award.into(),
        }
    }
}

impl From<rebate::Outcome> for Outcome {
    fn from(rebate::Outcome { rewards }: rebate::Outcome) -> Self {
        Self::Rewards(rewards)
    }
}

impl From<Award> for Outcome {
    fn from(Award { prize, amount }: Award) -> Self {
        Self::Grant { prize, amount }
    }
}

impl Value {
    /// The type of this value; `None` for an absent one, which is of every type.
    fn fact_type(&self) -> Option<crate::FactType> {
        use crate::FactType;
        match self {
            Self::None => None,
            Self::Boolean(_) => Some(FactType::Boolean),
            Self::Integer(_) => Some(FactType::Integer),
            Self::Integers(_) => Some(FactType::Integers),
            Self::Text(_) => Some(FactType::Text),
            Self::Texts(_) => Some(FactType::Texts),
        }
    }
}
