//! Awards: prizes that were won, and their way to the player.
//!
//! An award is **delivered** at once where all there is to do is to tell of it, be it with a coupon code. One that the host delivers is **pending** until
//! it is there, or **failed** once the host has given up. One that people deliver is **to do**, **in progress** and then
//! delivered.

use std::fmt;
use std::str::FromStr;

use crate::amount::AMOUNT_MAX;
use crate::id::{CodePoolName, DestinationName, UnitName};
use crate::task::Queue;

/// How an award reaches its player, where there is more to do than to tell of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// Units of account.
    Points {
        /// Of this unit.
        unit: UnitName,
        /// For each unit of the award's amount.
        each: u32,
    },
    /// So many chances in the award's campaign, for each unit of the award's amount.
    Chances(u32),
    /// A message to this destination.
    Webhook(DestinationName),
    /// One coupon code of this pool, whatever the award's amount: it is assigned by what commits the award.
    Codes(CodePoolName),
    /// By people, who say how far they are.
    Manual,
}

impl Delivery {
    /// Where the task stands that delivers it; `None` where people do, or where it is there with the award.
    pub fn queue(&self) -> Option<Queue> {
        match self {
            Self::Points { .. } => Some(Queue::Points),
            Self::Chances(_) => Some(Queue::Chances),
            Self::Webhook(destination) => Some(Queue::Webhook(destination.clone())),
            Self::Codes(_) | Self::Manual => None,
        }
    }

    /// The code pool whose free codes are the prize's stock.
    pub fn code_pool(&self) -> Option<&CodePoolName> {
        match self {
            Self::Codes(pool) => Some(pool),
            _ => None,
        }
    }

    /// The points or chances that an award of this amount is worth, up to [`AMOUNT_MAX`].
    pub fn worth(&self, amount: i64) -> i64 {
        match self {
            Self::Points { each, .. } | Self::Chances(each) => i64::from(*each).saturating_mul(amount).min(AMOUNT_MAX),
            Self::Webhook(_) | Self::Codes(_) | Self::Manual => 0,
        }
    }
}

/// How far an award is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// The host delivers it.
    Pending,
    /// It is there.
    Delivered,
    /// It could not be delivered, and nobody tries any more.
    Failed,
    /// It was taken back.
    Voided,
    /// People have yet to begin.
    ToDo,
    /// People are at it.
    InProgress,
}

/// A word that is no state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a state is one of pending, delivered, failed, voided, to_do and in_progress")]
pub struct ParseStateError;

impl State {
    /// Every one.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Delivered, Self::Failed, Self::Voided, Self::ToDo, Self::InProgress];

    /// The word in rows and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Voided => "voided",
            Self::ToDo => "to_do",
            Self::InProgress => "in_progress",
        }
    }

    /// The state of an award that was just won.
    pub fn first(delivery: Option<&Delivery>) -> Self {
        match delivery {
            None | Some(Delivery::Codes(_)) => Self::Delivered,
            Some(Delivery::Manual) => Self::ToDo,
            Some(_) => Self::Pending,
        }
    }

    /// Whether an operator may move an award from here to there. What people deliver goes back and forth, and may come back; what
    /// the host has given up it tries again, or people have delivered it otherwise. Any may be voided, and stays so.
    pub fn may_become(self, next: Self, delivery: Option<&Delivery>) -> bool {
        use State::{Delivered, Failed, InProgress, Pending, ToDo, Voided};
        match delivery {
            _ if next == Voided => self != Voided,
            None | Some(Delivery::Codes(_)) => false,
            Some(Delivery::Manual) => matches!(
                (self, next),
                (ToDo, InProgress | Delivered | Failed)
                    | (InProgress, ToDo | Delivered | Failed)
                    | (Delivered | Failed, ToDo)
            ),
            Some(_) => matches!((self, next), (Failed, Pending | Delivered)),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for State {
    type Err = ParseStateError;

    fn from_str(word: &str) -> Result<Self, ParseStateError> {
        Self::ALL.into_iter().find(|state| state.as_str() == word).ok_or(ParseStateError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for state in State::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert!(ParseStateError.to_string().contains(state.as_str()));
        }
        assert_eq!("lost".parse::<State>(), Err(ParseStateError));
    }

    #[test]
    fn operators_move_what_is_theirs_to_move() {
        let moves = |delivery: Option<&Delivery>| {
            let pairs = State::ALL.into_iter().flat_map(|from| State::ALL.map(|to| (from, to)));
            let pairs = pairs.filter(|(_, to)| *to != State::Voided);
            let allowed = pairs.filter(|(from, to)| from.may_become(*to, delivery));
            allowed.map(|(from, to)| format!("{from} > {to}")).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(moves(None), "");
        assert_eq!(moves(Some(&Delivery::Codes("shop".parse().unwrap()))), "");
        assert_eq!(moves(Some(&Delivery::Chances(1))), "failed > pending, failed > delivered");
        let by_people = "delivered > to_do, failed > to_do, to_do > delivered, to_do > failed, to_do > in_progress, \
                         in_progress > delivered, in_progress > failed, in_progress > to_do";
        assert_eq!(moves(Some(&Delivery::Manual)), by_people);
        for from in State::ALL {
            for delivery in [None, Some(&Delivery::Chances(1)), Some(&Delivery::Manual)] {
                assert_eq!(from.may_become(State::Voided, delivery), from != State::Voided, "{from}");
            }
        }
    }

    #[test]
    fn amounts_multiply() {
        assert_eq!(Delivery::Chances(3).worth(2), 6);
        assert_eq!(Delivery::Chances(u32::MAX).worth(AMOUNT_MAX), AMOUNT_MAX);
        assert_eq!(Delivery::Manual.worth(2), 0);
    }
}
