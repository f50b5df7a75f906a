//! Events that take back what earlier ones earned. There is nothing to decide: one commit does it.

use tombola_domain::event::PartRefused;
use tombola_domain::id::EventType;
use tombola_store::events::{Reversal, ReverseError, Reverses};

use super::{Reported, replayed};
use crate::{App, Error, Full, Result};

/// Why nothing of an event is taken back.
#[derive(Debug, thiserror::Error)]
pub enum NotReversed {
    /// The event is not known.
    #[error("the player has no event of the id that is to be reversed, or it went to none of the token's campaigns")]
    Unknown,
    /// It is a reversal.
    #[error("the event that is to be reversed is a reversal itself; report what happened as a new event")]
    IsReversal,
    /// The reversal speaks of another event than there is.
    #[error("the reversal does not fit its event: {0}")]
    Mismatched(String),
    /// More is to be reversed than is left.
    #[error("{left} of {of} are left of the event to be reversed")]
    Exceeds {
        /// How much is left.
        left: i64,
        /// Of how much in all.
        of: i64,
    },
    /// A part is to be reversed of what is not decided yet.
    #[error("the event waits to be decided in the campaign '{0}'; reverse the part later, or all of it now")]
    Early(String),
}

impl NotReversed {
    /// The stable code, by which programs tell one from another.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "reversed-event-unknown",
            Self::IsReversal => "reversal-not-reversible",
            Self::Mismatched(_) => "reversal-mismatched",
            Self::Exceeds { .. } => "reversal-exceeds",
            Self::Early(_) => "reversal-early",
        }
    }
}

impl App {
    pub(super) async fn reverse(&self, reversal: &Reversal) -> Result<Reported> {
        match self.store.reverse_event(reversal).await {
            Ok(event) => Ok(Reported { event, replayed: false }),
            // Another request reported it meanwhile.
            Err(ReverseError::Known) => {
                let known = self.store.event(&reversal.player, &reversal.id).await?.ok_or(Error::Contended)?;
                replayed(known, reversal.request)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What a report says of a reversal, for its digest.
pub(super) fn parts(reverses: &Reverses, event_type: Option<&EventType>) -> Vec<Vec<u8>> {
    let part = reverses.part.map(|part| [part.amount(), part.of()].map(i64::to_be_bytes).concat());
    let event_type = event_type.map_or("", EventType::as_str);
    vec![reverses.event.as_str().into(), event_type.into(), part.unwrap_or_default()]
}

impl From<ReverseError> for Error {
    fn from(error: ReverseError) -> Self {
        let refused = match error {
            ReverseError::Known => return Self::Contended,
            ReverseError::NotPosted(error) => return error.into(),
            ReverseError::TooMany(error) => return Full::from(error).into(),
            ReverseError::Store(error) => return error.into(),
            ReverseError::Unknown => NotReversed::Unknown,
            ReverseError::IsReversal => NotReversed::IsReversal,
            ReverseError::OtherType(_) | ReverseError::Refused(PartRefused::OtherWhole { .. }) => {
                NotReversed::Mismatched(error.to_string())
            }
            ReverseError::Refused(PartRefused::Exceeds { left, of }) => NotReversed::Exceeds { left, of },
            ReverseError::Waits(campaign) => NotReversed::Early(campaign.to_string()),
        };
        refused.into()
    }
}
