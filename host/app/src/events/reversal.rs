//! Events that take back what earlier ones earned. There is nothing to decide: one commit does it.

use tombola_domain::event::PartRefused;
use tombola_domain::id::EventType;
use tombola_store::events::{Reversal, ReverseError, Reverses};

use super::{Reported, replayed};
use crate::{App, Error, Result};

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
        match error {
            ReverseError::Known => Self::Contended,
            ReverseError::Unknown => Self::ReversedUnknown,
            ReverseError::IsReversal => Self::ReversalReversed,
            ReverseError::OtherType(_) | ReverseError::Refused(PartRefused::OtherWhole { .. }) => {
                Self::ReversalMismatched(error.to_string())
            }
            ReverseError::Refused(PartRefused::Exceeds { left, of }) => Self::ReversalExceeds { left, of },
            ReverseError::Waits(campaign) => Self::ReversalEarly(campaign.to_string()),
            ReverseError::NotPosted(error) => error.into(),
            ReverseError::Store(error) => error.into(),
        }
    }
}
