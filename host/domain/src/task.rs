//! Work that is written down in the transaction that needs it, and done afterwards.
//!
//! A task stands in a **queue** and is known there by a number: the position in the feed of what it is for. It is due at a
//! moment, claimed for a while, and then done, due again, or given up.

use std::fmt;
use std::str::FromStr;

use crate::id::{DestinationName, IdError};

/// What kind of work, and for whom. Queues don't wait for each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Queue {
    /// Awards that are chances.
    Chances,
    /// Awards that are points.
    Points,
    /// What campaigns gave to referrers.
    Referrals,
    /// Awards of which a destination is told.
    Webhook(DestinationName),
}

impl Queue {
    /// What the host hands over itself, by name.
    pub const IN_HOUSE: [Self; 3] = [Self::Chances, Self::Points, Self::Referrals];
}

const CHANCES: &str = "chances";
const POINTS: &str = "points";
const REFERRALS: &str = "referrals";
const WEBHOOK: &str = "webhook/";

/// A text that names no queue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseQueueError {
    /// There is no such kind.
    #[error("no kind of queue is called so")]
    Kind,
    /// A destination can't be called so.
    #[error(transparent)]
    Destination(#[from] IdError),
}

impl fmt::Display for Queue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chances => out.write_str(CHANCES),
            Self::Points => out.write_str(POINTS),
            Self::Referrals => out.write_str(REFERRALS),
            Self::Webhook(destination) => write!(out, "{WEBHOOK}{destination}"),
        }
    }
}

impl FromStr for Queue {
    type Err = ParseQueueError;

    fn from_str(text: &str) -> Result<Self, ParseQueueError> {
        match (text, text.strip_prefix(WEBHOOK)) {
            (CHANCES, _) => Ok(Self::Chances),
            (POINTS, _) => Ok(Self::Points),
            (REFERRALS, _) => Ok(Self::Referrals),
            (_, Some(destination)) => Ok(Self::Webhook(destination.parse()?)),
            (_, None) => Err(ParseQueueError::Kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for queue in [Queue::Chances, Queue::Points, Queue::Referrals, Queue::Webhook("crm".parse().unwrap())] {
            assert_eq!(queue.to_string().parse(), Ok(queue));
        }
        assert_eq!("mail".parse::<Queue>(), Err(ParseQueueError::Kind));
        assert!(matches!("webhook/a/b".parse::<Queue>(), Err(ParseQueueError::Destination(_))));
    }
}
