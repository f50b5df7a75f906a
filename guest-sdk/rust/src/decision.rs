//! What a rule answers, in handles of the outcomes that it declared.

use crate::Span;
use crate::bindings::types;

/// An outcome that was declared in [`crate::Needs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome(pub(crate) u32);

impl Outcome {
    /// This outcome with an amount inside of the declared one. For outcomes that grant or give one thing.
    #[must_use]
    pub fn amount(self, span: Span) -> Pick {
        self.amounts([span])
    }

    /// This outcome with an amount for each of its rewards, in their order, inside of the declared ones.
    #[must_use]
    pub fn amounts(self, spans: impl IntoIterator<Item = Span>) -> Pick {
        Pick(types::Pick { outcome: self.0, amounts: spans.into_iter().collect() })
    }
}

/// A refusal that was declared in [`crate::GuardNeeds`]. Nobody is refused by chance, so it has no weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal(pub(crate) u32);

/// One declared outcome, perhaps with a narrower amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick(types::Pick);

/// What a rule answers: one outcome for certain, or several by weight, among which the host draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision(types::Decision);

impl Decision {
    /// One of these, by weight. Every weight is at least 1 and their sum at most 2^63; anything else, also no choice at
    /// all, is a fault of the rule.
    pub fn weighted<P: Into<Pick>>(choices: impl IntoIterator<Item = (u64, P)>) -> Self {
        let choices = choices.into_iter().map(|(weight, pick)| (weight, pick.into().0));
        Self(types::Decision::Weighted(choices.collect()))
    }

    pub(crate) fn into_wire(self) -> types::Decision {
        self.0
    }
}

impl From<Outcome> for Pick {
    fn from(outcome: Outcome) -> Self {
        Self(types::Pick { outcome: outcome.0, amounts: Vec::new() })
    }
}

impl From<Pick> for Decision {
    fn from(pick: Pick) -> Self {
        Self(types::Decision::Certain(pick.0))
    }
}

impl From<Outcome> for Decision {
    fn from(outcome: Outcome) -> Self {
        Pick::from(outcome).into()
    }
}

impl From<Refusal> for Decision {
    fn from(refusal: Refusal) -> Self {
        Outcome(refusal.0).into()
    }
}
