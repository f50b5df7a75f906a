//! What the host and the compiling process say to each other.

use serde::{Deserialize, Serialize};
use tombola_engine::rule::{AdmitError, Fault, FaultKind, Unavailable};

use crate::admit::Inspection;
use crate::interface::Interface;
use crate::interface::v1::{AnyNeeds, Manifest, Problem};
use crate::settings::ClassSettings;

/// One job, and how much it may take.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) limits: JailLimits,
    pub(crate) class: ClassSettings,
    pub(crate) job: Job,
}

/// What the process limits itself to.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct JailLimits {
    /// Bytes of address space.
    pub(crate) memory_bytes_max: u64,
    /// Seconds of processor time.
    pub(crate) cpu_seconds_max: u64,
}

/// What is to be done with the component that follows.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Job {
    /// Inspect and compile it, compare its types with those of the interfaces that it exports, and let it describe itself.
    Check,
    /// Configure the rule behind an interface with this JSON text, and compile it as it is then.
    Bake(Interface, String),
}

/// What came of a job.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) outcome: Outcome,
    /// Native code; empty where there is none.
    pub(super) code: Vec<u8>,
}

/// A reply without its code.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// Of [`Job::Check`].
    Checked(Result<(Manifest, Inspection), CheckError>),
    /// Of [`Job::Bake`]; the code follows.
    Baked(Result<AnyNeeds, BakeError>),
}

/// Why a component is no module of this class.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum CheckError {
    /// It is no component with what is allowed here, or its configured state could not be kept.
    Invalid(String),
    /// It imports this.
    Imports(String),
    /// It exports no rule, or one with other types.
    World(String),
    /// It failed at its start or while it described itself.
    Describe(String),
    /// This host could not do it.
    Host(String),
}

impl From<CheckError> for AdmitError {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Invalid(reason) => Self::Invalid(reason),
            CheckError::Imports(name) => Self::Imports(name),
            CheckError::World(reason) => Self::World(reason),
            CheckError::Describe(reason) => Self::Describe(reason),
            CheckError::Host(reason) => Unavailable::Host(reason).into(),
        }
    }
}

/// Why a module and a config make no rule.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum BakeError {
    /// The rule refuses the config.
    Problems(Vec<Problem>),
    /// The module holds no such rule.
    WrongKind,
    /// The rule failed.
    Fault(#[serde(with = "FaultDef")] Fault),
    /// This host could not do it.
    Host(String),
}

/// [`Fault`] on the wire.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Fault")]
struct FaultDef {
    #[serde(with = "FaultKindDef")]
    kind: FaultKind,
    message: String,
}

/// [`FaultKind`] on the wire.
#[derive(Serialize, Deserialize)]
#[serde(remote = "FaultKind")]
enum FaultKindDef {
    Trap,
    Fuel,
    Memory,
    Stack,
    Refused,
    Undeclared,
}
