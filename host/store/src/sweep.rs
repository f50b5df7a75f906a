//! Clearing away what is due, step by step, past what can't be.

use tombola_domain::time::Timestamp;

/// One step of a sweep.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// What is due by then is cleared away.
    pub now: Timestamp,
    /// Behind which it goes on.
    pub after: Place,
    /// Of how many rows at most.
    pub limit: u32,
}

impl Sweep {
    /// The first step.
    pub fn first(now: Timestamp, limit: u32) -> Self {
        Self { now, after: Place::default(), limit }
    }
}

/// A row's place among all that is due, soonest first; the default is before all of them. It may name a player, and is never kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When it is due.
    pub due: Timestamp,
    /// Of what is due at that time, by these two.
    pub owner: String,
    /// See `owner`.
    pub part: String,
}

impl Default for Place {
    fn default() -> Self {
        Self { due: Timestamp::from_millis(i64::MIN), owner: String::new(), part: String::new() }
    }
}

/// What a step came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swept {
    /// Of how many rows something was cleared away. What can't be, since it is damaged, is logged and stays.
    pub cleared: u64,
    /// Where the next step goes on; `None` where there is no more.
    pub next: Option<Place>,
}
