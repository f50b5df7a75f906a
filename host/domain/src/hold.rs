//! Holds: what another service sets aside of a player's, for a purchase that is yet to succeed there.
//!
//! A hold is open until it ends, once: it is **taken**, all of it or a part, it is **released**, or it **expires**. From the moment at
//! which it expires it can't be taken, whenever it is cleared away. What was taken may be **voided** later: then it is given back as well.

use std::time::Duration;

use crate::draw::dated_id;
use crate::id::{HoldId, PlayerId, UnitName};
use crate::time::Timestamp;

/// Open holds of one player: more than anybody has purchases under way, and few enough to be looked at together.
pub const OPEN_MAX: usize = 64;
/// How long a hold is open where nothing is said: a checkout.
pub const SECONDS_DEFAULT: u32 = 15 * 60;
/// How long a hold is open at most: what was forgotten comes back within a week.
pub const SECONDS_MAX: u32 = 7 * 24 * 60 * 60;

/// For how long a hold is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime(u32);

/// A time for which no hold is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hold is open for 1 to {SECONDS_MAX} seconds")]
pub struct LifetimeError;

impl Lifetime {
    /// So many seconds, from 1 to [`SECONDS_MAX`].
    pub const fn new(seconds: u32) -> Result<Self, LifetimeError> {
        if 1 <= seconds && seconds <= SECONDS_MAX { Ok(Self(seconds)) } else { Err(LifetimeError) }
    }

    /// How many.
    pub const fn seconds(self) -> u32 {
        self.0
    }

    /// When a hold expires that began then.
    pub fn end(self, begin: Timestamp) -> Timestamp {
        begin.plus(Duration::from_secs(u64::from(self.0)))
    }
}

impl Default for Lifetime {
    fn default() -> Self {
        Self(SECONDS_DEFAULT)
    }
}

/// Some of a player's, set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Its name.
    pub id: HoldId,
    /// Whose.
    pub player: PlayerId,
    /// Of what.
    pub unit: UnitName,
    /// How much, from 1.
    pub amount: i64,
    /// Since when.
    pub held_at: Timestamp,
    /// From when on it can't be taken.
    pub expires_at: Timestamp,
    /// How it ended, once that was posted.
    pub ended: Option<Ended>,
    /// When what had been taken was given back, if it was.
    pub voided_at: Option<Timestamp>,
}

/// The end of a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// What became of it.
    pub how: End,
    /// When.
    pub at: Timestamp,
}

/// What became of a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// So much was taken, from 1, and the rest given back.
    Taken(i64),
    /// All was given back, since that was asked for.
    Released,
    /// All was given back, since its time was over.
    Expired,
}

impl End {
    /// How much was taken.
    pub const fn taken(self) -> i64 {
        match self {
            Self::Taken(amount) => amount,
            Self::Released | Self::Expired => 0,
        }
    }

    /// The word in rows and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Taken(_) => "taken",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }
}

/// How a hold is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// So much is to be taken, from 1; all of it where nothing is said.
    Take(Option<i64>),
    /// All is to be given back.
    Release,
}

/// Why a hold does not end so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It has ended otherwise.
    #[error("the hold was {} at {}", .0.how.as_str(), .0.at)]
    Ended(Ended),
    /// More is to be taken than it holds.
    #[error("the hold is of {held}, of which {wanted} can't be taken")]
    Exceeded {
        /// How much it holds.
        held: i64,
        /// How much was to be taken.
        wanted: i64,
    },
    /// Nothing was taken of it that could be given back.
    #[error("nothing of the hold was taken")]
    NotTaken,
}

impl Hold {
    /// How much there is to give back of what was taken; 0 where that was done.
    pub fn voidable(&self) -> Result<i64, Refused> {
        match self.ended {
            Some(Ended { how: End::Taken(_), .. }) if self.voided_at.is_some() => Ok(0),
            Some(Ended { how: End::Taken(amount), .. }) => Ok(amount),
            _ => Err(Refused::NotTaken),
        }
    }

    /// How it has ended by that time, whether or not that was posted.
    pub fn ended_by(&self, now: Timestamp) -> Option<Ended> {
        let expired = || Ended { how: End::Expired, at: self.expires_at };
        self.ended.or_else(|| (self.expires_at <= now).then(expired))
    }

    /// How it ends where that is wished at that time. What has ended so before ends so again, as it did.
    pub fn end(&self, wish: Wish, now: Timestamp) -> Result<Ended, Refused> {
        let how = match wish {
            Wish::Take(amount) => End::Taken(amount.unwrap_or(self.amount)),
            Wish::Release => End::Released,
        };
        match self.ended_by(now) {
            Some(ended) if ended.how == how => Ok(ended),
            Some(ended) => Err(Refused::Ended(ended)),
            None if how.taken() > self.amount => Err(Refused::Exceeded { held: self.amount, wanted: how.taken() }),
            None => Ok(Ended { how, at: now }),
        }
    }
}

/// The name of a hold, made like a draw's from a fresh random secret, so that nobody can guess it.
pub fn hold_id(player: &PlayerId, secret: &[u8; 16], held_at: Timestamp) -> HoldId {
    dated_id(player, secret, held_at).parse().expect("digits, letters and hyphens are printable")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    /// Of 10, from second 0 to second 60.
    fn hold(ended: Option<Ended>) -> Hold {
        let (player, unit) = ("alice".parse().unwrap(), "points".parse().unwrap());
        let expires_at = Lifetime::new(60).unwrap().end(at(0));
        Hold {
            id: hold_id(&player, &[7; 16], at(0)),
            player,
            unit,
            amount: 10,
            held_at: at(0),
            expires_at,
            ended,
            voided_at: None,
        }
    }

    #[track_caller]
    fn check(ended: Option<Ended>, wish: Wish, now: Timestamp, expected: Result<Ended, Refused>) {
        assert_eq!(hold(ended).end(wish, now), expected);
    }

    #[test]
    fn an_open_hold_is_taken_or_released() {
        let (before, all) = (at(59), Ended { how: End::Taken(10), at: at(59) });
        check(None, Wish::Take(None), before, Ok(all));
        check(None, Wish::Take(Some(10)), before, Ok(all));
        check(None, Wish::Take(Some(3)), before, Ok(Ended { how: End::Taken(3), at: before }));
        check(None, Wish::Take(Some(11)), before, Err(Refused::Exceeded { held: 10, wanted: 11 }));
        check(None, Wish::Release, before, Ok(Ended { how: End::Released, at: before }));
    }

    #[test]
    fn a_hold_expires_at_its_moment_whether_or_not_it_was_cleared_away() {
        let expired = Ended { how: End::Expired, at: at(60) };
        for (ended, now) in [(None, at(60)), (None, at(99)), (Some(expired), at(99))] {
            check(ended, Wish::Take(None), now, Err(Refused::Ended(expired)));
            check(ended, Wish::Release, now, Err(Refused::Ended(expired)));
        }
    }

    /// Also once it would have expired.
    #[test]
    fn a_hold_ends_once() {
        let (taken, released) = (Ended { how: End::Taken(3), at: at(5) }, Ended { how: End::Released, at: at(5) });
        for now in [at(9), at(99)] {
            check(Some(taken), Wish::Take(Some(3)), now, Ok(taken));
            check(Some(taken), Wish::Take(None), now, Err(Refused::Ended(taken)));
            check(Some(taken), Wish::Take(Some(11)), now, Err(Refused::Ended(taken)));
            check(Some(taken), Wish::Release, now, Err(Refused::Ended(taken)));
            check(Some(released), Wish::Release, now, Ok(released));
            check(Some(released), Wish::Take(Some(3)), now, Err(Refused::Ended(released)));
        }
    }

    #[test]
    fn a_lifetime_is_a_second_to_a_week() {
        assert_eq!((Lifetime::new(0), Lifetime::new(SECONDS_MAX + 1)), (Err(LifetimeError), Err(LifetimeError)));
        assert_eq!(Lifetime::new(SECONDS_MAX).map(Lifetime::seconds), Ok(604_800));
        assert_eq!(Lifetime::default(), Lifetime::new(900).unwrap());
    }

    #[test]
    fn only_what_was_taken_is_voided() {
        let ended = |how| Some(Ended { how, at: at(5) });
        for (end, expected) in [
            (ended(End::Taken(3)), Ok(3)),
            (ended(End::Released), Err(Refused::NotTaken)),
            (ended(End::Expired), Err(Refused::NotTaken)),
            (None, Err(Refused::NotTaken)),
        ] {
            assert_eq!(hold(end).voidable(), expected);
        }
        let voided = Hold { voided_at: Some(at(6)), ..hold(ended(End::Taken(3))) };
        assert_eq!(voided.voidable(), Ok(0));
    }
}
