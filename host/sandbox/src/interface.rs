//! The contract with rules, one module a released version.

pub(crate) mod v0_1;

use serde::{Deserialize, Serialize};
use tombola_engine::rule::Kind;

/// An interface under which a rule exports `configure` and `decide`: one for each kind of rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Interface {
    Guard,
    Branch,
}

impl Interface {
    /// Every one, in the order of [`Kind`].
    pub(crate) const ALL: [Self; 2] = [Self::Guard, Self::Branch];

    /// The name under which a component exports it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Guard => v0_1::GUARD,
            Self::Branch => v0_1::BRANCH,
        }
    }

    /// The kind of rule that stands behind it.
    pub(crate) const fn kind(self) -> Kind {
        match self {
            Self::Guard => Kind::Guard,
            Self::Branch => Kind::Branch,
        }
    }
}

impl From<Kind> for Interface {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Guard => Self::Guard,
            Kind::Branch => Self::Branch,
        }
    }
}
