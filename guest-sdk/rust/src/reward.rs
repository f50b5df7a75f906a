//! What a rebate gives.

pub use crate::bindings::rebate::{Gain, Points, Recipient, Reward};
use crate::{Award, Span};

impl Reward {
    /// Points of a unit that operators have declared, for the player whose event it is.
    pub fn points(unit: impl Into<String>, amount: Span) -> Self {
        Self::to_player(Gain::Points(Points { unit: unit.into(), amount }))
    }

    /// Chances to draw in the campaign, for the player whose event it is.
    pub fn chances(amount: Span) -> Self {
        Self::to_player(Gain::Chances(amount))
    }

    /// A prize of the campaign, for the player whose event it is.
    pub fn prize(prize: impl Into<String>, amount: Span) -> Self {
        Self::to_player(Gain::Prize(Award { prize: prize.into(), amount }))
    }

    /// The same for the player who brought that one.
    #[must_use]
    pub fn for_referrer(self) -> Self {
        Self { recipient: Recipient::Referrer, ..self }
    }

    fn to_player(gain: Gain) -> Self {
        Self { recipient: Recipient::Player, gain }
    }
}
