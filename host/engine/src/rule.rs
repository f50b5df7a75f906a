//! The port behind which rules run: natively in tests, in the sandbox in production.
//!
//! A runner answers what a rule said, and nothing else. Whether the answer is one that the rule may give is judged in
//! one place, by [`crate::decide`], so that every runner is held to the same contract.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use tombola_domain::amount::Span;
use tombola_domain::digest::Digest;
use tombola_domain::fact::{FactType, Value};
use tombola_domain::rebate::Recipient;

/// Where a rule stands in a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// In the chain of responsibility, before the draw.
    Guard,
    /// In the tree, after the draw.
    Branch,
    /// Among the rebates, for an event.
    Rebate,
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Guard => "guard",
            Self::Branch => "branch",
            Self::Rebate => "rebate",
        })
    }
}

/// What a module says of itself, and what it was found to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Lower case letters, digits and hyphens, 1 to 64 bytes.
    pub name: String,
    /// Semantic version.
    pub version: semver::Version,
    /// One sentence for operators.
    pub summary: String,
    /// The kinds of rules that it holds, at least one, in order.
    pub kinds: Vec<Kind>,
    /// The JSON Schema of its config, where the module carries one.
    pub config_schema: Option<serde_json::Value>,
}

/// A fact that a rule wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactNeed {
    /// A name of the fact catalogue.
    pub name: String,
    /// The type that the rule expects.
    pub expected: FactType,
}

/// One way in which a rule may answer. The first four are a guard's; a branch has `Follow` and `Grant`; a rebate has `Rewards`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Ask the next guard.
    Proceed,
    /// Draw from this pool, unless a later guard chooses another.
    Choose(String),
    /// Hand this over.
    Grant {
        /// The prize.
        prize: String,
        /// How much of it at most and at least; a pick may narrow it.
        amount: Span,
    },
    /// End the chain; nothing is drawn.
    Refuse {
        /// Stable, for programs.
        code: String,
        /// For the player.
        message: String,
    },
    /// Go on along the edge with this label.
    Follow(String),
    /// Give all of this; it may be nothing.
    Rewards(Vec<Reward>),
}

/// One thing that a rebate may give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reward {
    /// For whom.
    pub recipient: Recipient,
    /// What.
    pub gain: Gain,
    /// How much of it at most and at least; a pick may narrow it.
    pub amount: Span,
}

/// What a reward is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gain {
    /// Points of this unit.
    Points(String),
    /// Chances to draw in the campaign.
    Chances,
    /// This prize.
    Prize(String),
}

/// As it stands in receipts.
impl fmt::Display for Reward {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.gain {
            Gain::Points(unit) => write!(out, "points {unit}")?,
            Gain::Chances => out.write_str("chances")?,
            Gain::Prize(prize) => write!(out, "prize {prize}")?,
        }
        match self.recipient {
            Recipient::Player => Ok(()),
            Recipient::Referrer => out.write_str(" for the referrer"),
        }
    }
}

/// As it stands in receipts.
impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proceed => out.write_str("proceed"),
            Self::Choose(pool) => write!(out, "choose {pool}"),
            Self::Grant { prize, .. } => write!(out, "grant {prize}"),
            Self::Refuse { code, .. } => write!(out, "refuse {code}"),
            Self::Follow(label) => write!(out, "follow {label}"),
            Self::Rewards(rewards) if rewards.is_empty() => out.write_str("reward nothing"),
            Self::Rewards(rewards) => {
                let mut before = "reward ";
                for reward in rewards {
                    write!(out, "{before}{reward}")?;
                    before = ", ";
                }
                Ok(())
            }
        }
    }
}

/// What a rule reads and how it may answer, under one config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    /// The facts, in the order in which `evaluate` gets them.
    pub facts: Vec<FactNeed>,
    /// The outcomes, by whose positions it answers.
    pub outcomes: Vec<Outcome>,
}

/// One of the declared outcomes, by position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// Position among [`Needs::outcomes`].
    pub outcome: u32,
    /// Narrower amounts than the declared ones, one for the grant or one for each reward; empty means the declared ones.
    pub amounts: Vec<Span>,
}

/// What a rule answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// This.
    Certain(Pick),
    /// One of these, by weight; the host draws.
    Weighted(Vec<(u64, Pick)>),
}

/// One run of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// The decision, or how the rule failed.
    pub decision: Result<Decision, Fault>,
    /// Fuel that the run took; 0 where the runner doesn't meter.
    pub fuel: u64,
}

/// Why a rule gave no decision, by no one's fault but its own: the same run fails the same way every time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// Executed `unreachable`, divided by zero, reached outside its memory…
    Trap,
    /// Used up its fuel.
    Fuel,
    /// Asked for more memory than it may have.
    Memory,
    /// Overflowed its stack.
    Stack,
    /// Returned an error of its own.
    Refused,
    /// Answered outside of what it declared.
    Undeclared,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Trap => "trap",
            Self::Fuel => "fuel",
            Self::Memory => "memory",
            Self::Stack => "stack",
            Self::Refused => "refused",
            Self::Undeclared => "undeclared",
        })
    }
}

/// A deterministic fault: the node's `on_fault` holds, and the receipt says so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// Which.
    pub kind: FaultKind,
    /// For the operator: what happened, with a backtrace where there is one. At most 4 KiB.
    pub message: String,
}

/// The host could not run the rule to its end. This is no outcome: nothing commits, and the same draw is tried again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// The deadline passed, there was no slot, a system call failed.
    #[error("the rule could not be run: {0}")]
    Host(String),
    /// It used up [`Fuel::Part`]. It is to be run anew on all that it may use.
    #[error("the rule was stopped early; it needs a run of full length")]
    Unfinished,
}

/// Fuel that one run may use up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fuel {
    /// All that the rule has: a run that needs more is the rule's fault.
    All(u64),
    /// Less than the rule has: a run that needs more is [`Unavailable::Unfinished`].
    Part(u64),
}

impl Fuel {
    /// How much it is.
    pub const fn units(self) -> u64 {
        match self {
            Self::All(units) | Self::Part(units) => units,
        }
    }
}

/// A module under one config, ready to run.
pub trait Rule: Send + Sync + fmt::Debug {
    /// What it reads and how it may answer.
    fn needs(&self) -> &Needs;

    /// Runs it once, in a state that no other run can see, on at most `fuel`. `facts` are those of [`Needs::facts`].
    fn evaluate(&self, facts: &[Value], fuel: Fuel) -> Result<Evaluation, Unavailable>;
}

/// Something wrong with a config, found by the rule itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// JSON pointer into the config.
    pub place: String,
    /// What is wrong there.
    pub message: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

/// Why a module and a config make no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// The rule refuses the config.
    #[error("the rule refuses its config")]
    Problems(Vec<Problem>),
    /// The rule failed while it was being configured, the same way every time.
    #[error("the rule failed while it was being configured: {0}")]
    Fault(Fault),
    /// The module holds no rule of this kind.
    #[error("the module holds no such kind of rule")]
    WrongKind,
    /// The host could not do it now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Why an upload is no module. Each is the uploader's to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdmitError {
    /// It is larger than a module may be.
    #[error("the module has {size} bytes; {limit} are allowed")]
    TooLarge {
        /// Bytes sent.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// It is no valid component with the features that are allowed here.
    #[error("not a valid component: {0}")]
    Invalid(String),
    /// It imports something. Rules may not.
    #[error("the component imports {0}; a rule imports nothing")]
    Imports(String),
    /// It exports none of the rule interfaces, or one with other types.
    #[error("the component is no rule: {0}")]
    World(String),
    /// It took more time or memory to compile than a module may.
    #[error("the component is too costly to compile: {0}")]
    Compile(String),
    /// It failed while it described itself, or its description breaks a rule of the contract.
    #[error("the component's description can't be used: {0}")]
    Describe(String),
    /// The host could not do it now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Turns uploads into modules and modules into rules.
#[async_trait]
pub trait RuleFactory: Send + Sync {
    /// Checks an upload, cheapest check first, and reads its manifest. Stores nothing.
    async fn admit(&self, component: &[u8]) -> Result<Manifest, AdmitError>;

    /// Configures the module `digest`, whose bytes are `component`, and makes it ready to run. Asked for the same rule
    /// again, it answers with the one it has.
    async fn prepare(
        &self,
        digest: Digest,
        component: &[u8],
        kind: Kind,
        config: &serde_json::Value,
    ) -> Result<Arc<dyn Rule>, PrepareError>;
}
