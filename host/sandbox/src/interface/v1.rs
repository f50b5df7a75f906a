//! `tombola:rule@1.0.0`: the types of `wit/rule.wit` as they cross into a guest and back.
//!
//! The engine compares them with a component's own types, field by field, before anything is called.

mod convert;

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

/// What the names of the contract begin with, in every version.
pub(crate) const PACKAGE: &str = "tombola:rule/";
/// The version of the contract.
pub(crate) const VERSION: &str = "1.0.0";
/// The shared types. Exported so that nothing has to be imported.
pub(crate) const TYPES: &str = "tombola:rule/types@1.0.0";
/// What a component says of itself.
pub(crate) const DESCRIBE: &str = "tombola:rule/describe@1.0.0";
/// Guards.
pub(crate) const GUARD: &str = "tombola:rule/guard@1.0.0";
/// Branches.
pub(crate) const BRANCH: &str = "tombola:rule/branch@1.0.0";
/// Rebates.
pub(crate) const REBATE: &str = "tombola:rule/rebate@1.0.0";

/// Parameters of `decide`, borrowed from the host's facts.
pub(crate) type DecideArgs<'a> = (&'a [Fact<'a>],);
/// Result of `decide`.
pub(crate) type DecideResult = (Result<Decision, String>,);
/// Parameters of `configure`.
pub(crate) type ConfigureArgs<'a> = (&'a str,);
/// Result of `configure`, with the outcomes of the interface in question.
pub(crate) type ConfigureResult<O> = (Result<Needs<O>, Vec<Problem>>,);

/// `value`.
#[derive(Debug, ComponentType, Lower)]
#[component(variant)]
pub(crate) enum Fact<'a> {
    #[component(name = "none")]
    None,
    #[component(name = "boolean")]
    Boolean(bool),
    #[component(name = "integer")]
    Integer(i64),
    #[component(name = "integers")]
    Integers(&'a [i64]),
    #[component(name = "text")]
    Text(&'a str),
    #[component(name = "texts")]
    Texts(&'a [String]),
}

/// `fact-type`.
#[derive(Debug, Clone, Copy, ComponentType, Lift, Serialize, Deserialize)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum FactType {
    #[component(name = "boolean")]
    Boolean,
    #[component(name = "integer")]
    Integer,
    #[component(name = "integers")]
    Integers,
    #[component(name = "text")]
    Text,
    #[component(name = "texts")]
    Texts,
}

/// `fact-need`.
#[derive(Debug, Clone, ComponentType, Lift, Serialize, Deserialize)]
#[component(record)]
pub(crate) struct FactNeed {
    name: String,
    expected: FactType,
}

/// `span`.
#[derive(Debug, Clone, Copy, ComponentType, Lift, Serialize, Deserialize)]
#[component(record)]
pub(crate) struct Span {
    low: i64,
    high: i64,
}

/// `award`.
#[derive(Debug, Clone, ComponentType, Lift, Serialize, Deserialize)]
#[component(record)]
pub(crate) struct Award {
    prize: String,
    amount: Span,
}

/// `pick`.
#[derive(Debug, Clone, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Pick {
    outcome: u32,
    amounts: Vec<Span>,
}

/// `decision`.
#[derive(Debug, Clone, ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Decision {
    #[component(name = "certain")]
    Certain(Pick),
    #[component(name = "weighted")]
    Weighted(Vec<(u64, Pick)>),
}

/// `problem`.
#[derive(Debug, Clone, ComponentType, Lift, Serialize, Deserialize)]
#[component(record)]
pub(crate) struct Problem {
    place: String,
    message: String,
    hint: String,
}

/// `manifest`.
#[derive(Debug, Clone, ComponentType, Lift, Serialize, Deserialize)]
#[component(record)]
pub(crate) struct Manifest {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) summary: String,
}

/// A guard's `refusal`.
#[derive(Debug, Clone, ComponentType, Lift, Serialize, Deserialize)]
#[component(record)]
pub(crate) struct Refusal {
    code: String,
    message: String,
}

/// A guard's `outcome`.
#[derive(Debug, Clone, ComponentType, Lift, Serialize, Deserialize)]
#[component(variant)]
pub(crate) enum GuardOutcome {
    #[component(name = "proceed")]
    Proceed,
    #[component(name = "choose")]
    Choose(String),
    #[component(name = "grant")]
    Grant(Award),
    #[component(name = "refuse")]
    Refuse(Refusal),
}

/// A branch's `outcome`.
#[derive(Debug, Clone, ComponentType, Lift, Serialize, Deserialize)]
#[component(variant)]
pub(crate) enum BranchOutcome {
    #[component(name = "follow")]
    Follow(String),
    #[component(name = "grant")]
    Grant(Award),
}

/// A rebate's `recipient`.
#[derive(Debug, Clone, Copy, ComponentType, Lift, Serialize, Deserialize)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum Recipient {
    #[component(name = "player")]
    Player,
    #[component(name = "referrer")]
    Referrer,
}

/// A rebate's `points`.
#[derive(Debug, Clone, ComponentType, Lift, Serialize, Deserialize)]
#[component(record)]
pub(crate) struct Points {
    unit: String,
    amount: Span,
}

/// A rebate's `gain`.
#[derive(Debug, Clone, ComponentType, Lift, Serialize, Deserialize)]
#[component(variant)]
pub(crate) enum Gain {
    #[component(name = "points")]
    Points(Points),
    #[component(name = "chances")]
    Chances(Span),
    #[component(name = "prize")]
    Prize(Award),
}

/// A rebate's `reward`.
#[derive(Debug, Clone, ComponentType, Lift, Serialize, Deserialize)]
#[component(record)]
pub(crate) struct Reward {
    recipient: Recipient,
    gain: Gain,
}

/// A rebate's `outcome`.
#[derive(Debug, Clone, ComponentType, Lift, Serialize, Deserialize)]
#[component(record)]
pub(crate) struct RebateOutcome {
    pub(crate) rewards: Vec<Reward>,
}

/// `needs`, the same record in every interface but for its outcomes.
#[derive(Debug, Clone, ComponentType, Lift, Serialize, Deserialize)]
#[component(record)]
pub(crate) struct Needs<O> {
    pub(crate) facts: Vec<FactNeed>,
    pub(crate) outcomes: Vec<O>,
}

/// The needs of a configured rule of any kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum AnyNeeds {
    Guard(Needs<GuardOutcome>),
    Branch(Needs<BranchOutcome>),
    Rebate(Needs<RebateOutcome>),
}
