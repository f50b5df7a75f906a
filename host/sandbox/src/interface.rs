//! The contract with rules, one module a released version.

pub(crate) mod v1;

use serde::{Deserialize, Serialize};
use tombola_engine::rule::Kind;

/// An interface under which a rule exports `configure` and `decide`: one for each kind of rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Interface {
    Guard,
    Branch,
    Rebate,
}

impl Interface {
    /// Every one, in the order of [`Kind`].
    pub(crate) const ALL: [Self; 3] = [Self::Guard, Self::Branch, Self::Rebate];

    /// The name under which a component exports it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Guard => v1::GUARD,
            Self::Branch => v1::BRANCH,
            Self::Rebate => v1::REBATE,
        }
    }

    /// The kind of rule that stands behind it.
    pub(crate) const fn kind(self) -> Kind {
        match self {
            Self::Guard => Kind::Guard,
            Self::Branch => Kind::Branch,
            Self::Rebate => Kind::Rebate,
        }
    }
}

impl From<Kind> for Interface {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Guard => Self::Guard,
            Kind::Branch => Self::Branch,
            Kind::Rebate => Self::Rebate,
        }
    }
}
