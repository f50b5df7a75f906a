use std::fmt;

use crate::Draw;

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// A draw that was told is not there.
    Lost {
        /// The request's.
        key: String,
        /// What was told.
        told: Draw,
    },
    /// A draw is there as another one than was told.
    Changed {
        /// The request's.
        key: String,
        /// What was told.
        told: Draw,
        /// What is there.
        found: Draw,
    },
    /// A request was told of two draws.
    AnsweredTwice {
        /// The request's.
        key: String,
        /// What was told first.
        first: Draw,
        /// What was told later.
        later: Draw,
    },
    /// A request made two draws.
    DrawnTwice {
        /// The request's.
        key: String,
    },
    /// A draw that nobody asked for, or not for this player.
    Unasked {
        /// The request's.
        key: String,
        /// Whose the draw is.
        player: String,
    },
    /// A player's draws, in the order of the feed, are not numbered one after the other.
    OrdinalGap {
        /// Whose.
        player: String,
        /// The number that comes next.
        expected: u64,
        /// The one that is there.
        found: u64,
    },
    /// One number of a player's stands for two draws, be it that one of them was told and is there no more.
    OrdinalTwice {
        /// Whose.
        player: String,
        /// The number.
        ordinal: u64,
        /// One draw.
        one: Draw,
        /// The other.
        other: Draw,
    },
    /// Two draws have one position.
    PositionTwice {
        /// Which.
        position: u64,
    },
    /// A draw stands before one that had been told before it was asked for.
    OutOfOrder {
        /// The request that was told first.
        told: String,
        /// The one that was asked afterwards, and stands before.
        asked: String,
    },
    /// More units were issued than there could be.
    OverIssued {
        /// With which draw.
        key: String,
        /// How many, with it.
        issued: u64,
        /// How many there could be.
        most: u64,
    },
    /// A draw came to something else while there were units.
    FellThrough {
        /// Which.
        key: String,
        /// How many there were at least.
        free: u64,
    },
    /// The database counts other units as issued than its draws have.
    Miscounted {
        /// That are counted.
        issued: u64,
        /// That draws have.
        drawn: u64,
    },
    /// The database has other units than came in.
    Misallotted {
        /// That it has.
        allotted: u64,
        /// That it has at least: all of which somebody was told.
        least: u64,
        /// At most: all that were asked for.
        most: u64,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost { key, told } => write!(out, "{key} was told {told}, which is not there"),
            Self::Changed { key, told, found } => write!(out, "{key} was told {told}, and there is {found}"),
            Self::AnsweredTwice { key, first, later } => write!(out, "{key} was told {first}, and then {later}"),
            Self::DrawnTwice { key } => write!(out, "{key} drew twice"),
            Self::Unasked { key, player } => write!(out, "nobody asked for the draw of {player} under {key}"),
            Self::OrdinalGap { player, expected, found } => {
                write!(out, "{player} has a draw {found} where draw {expected} should be")
            }
            Self::OrdinalTwice { player, ordinal, one, other } => {
                write!(out, "draw {ordinal} of {player} is {one}, and also {other}")
            }
            Self::PositionTwice { position } => write!(out, "two draws have the position {position}"),
            Self::OutOfOrder { told, asked } => {
                write!(out, "{asked} was asked after {told} had been told, and stands before it")
            }
            Self::OverIssued { key, issued, most } => {
                write!(out, "{key} got the unit {issued} of at most {most}")
            }
            Self::FellThrough { key, free } => write!(out, "{key} got none of at least {free} units that were free"),
            Self::Miscounted { issued, drawn } => write!(out, "{issued} units count as issued, and draws have {drawn}"),
            Self::Misallotted { allotted, least, most } => {
                write!(out, "there are {allotted} units, and should be {least} to {most}")
            }
        }
    }
}

impl fmt::Display for Draw {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, ordinal, prize, amount } = self;
        write!(
            out,
            "{id} (number {ordinal}: {} of {})",
            amount.unwrap_or_default(),
            prize.as_deref().unwrap_or("nothing")
        )
    }
}
