//! Tasks: written in the transaction that needs them, done afterwards.
//!
//! A task waits in its queue until it is due. Whoever does it **claims** it: until the claim ends nobody else gets it, and then it
//! is due again, since its owner may be gone. Each claim raises the task's **fence**, which the store looks at when the task
//! is ended, so that an owner who comes too late changes nothing. A task that was given up is a **dead letter**, kept with
//! the reason until an operator has it tried again.

use async_trait::async_trait;
use tombola_domain::task::Queue;
use tombola_domain::time::Timestamp;

use crate::{Done, KeyReused, Operation, Result, StoreError};

/// Tasks that are counted at most: beyond this it is enough to know that there are more.
pub const COUNTED_MAX: u64 = 100_000;
/// Dead letters that are tried again by one operation: each is a few rows in one transaction.
pub const REVIVED_MAX: u32 = 1_000;

/// A wish for tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// From here.
    pub queue: Queue,
    /// Who does them, for people who look.
    pub owner: String,
    /// Tasks that are due by now.
    pub now: Timestamp,
    /// When the claim ends.
    pub until: Timestamp,
    /// At most so many, those first that have been due longest.
    pub limit: u32,
}

/// A task that was claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its queue.
    pub queue: Queue,
    /// Its number there.
    pub number: u64,
    /// When it was written.
    pub since: Timestamp,
    /// How often it was claimed, this time included.
    pub attempts: u32,
    /// Of this claim.
    pub fence: u64,
    /// When the claim ends.
    pub until: Timestamp,
}

/// How a claim ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The task is done. An award's is delivered.
    Done,
    /// It is due again then.
    Again {
        /// When.
        due: Timestamp,
        /// What went wrong.
        reason: String,
    },
    /// It is given up. An award's has failed.
    Dead {
        /// What went wrong.
        reason: String,
    },
    /// Nothing was tried: it is due as if it had not been claimed.
    Returned,
}

/// What waits in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// Tasks, those under way included; at most [`COUNTED_MAX`].
    pub waiting: u64,
    /// Of these, those that were tried before or are under way; at most [`COUNTED_MAX`].
    pub tried: u64,
    /// Dead letters; at most [`COUNTED_MAX`].
    pub dead: u64,
    /// When the oldest of the tasks was written.
    pub oldest: Option<Timestamp>,
}

/// What became of what was due in a queue of the store's own work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HandedOver {
    /// How many their players have now.
    pub delivered: u64,
    /// How many became dead letters.
    pub given_up: u64,
}

impl HandedOver {
    /// Of so many that were due, so many were delivered.
    pub const fn of(ended: u64, delivered: u64) -> Self {
        Self { delivered, given_up: ended.saturating_sub(delivered) }
    }

    /// How many were due, and are not any more.
    pub const fn ended(self) -> u64 {
        self.delivered + self.given_up
    }
}

/// Dead letters that are tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revived {
    /// How many are due again.
    pub revived: u64,
    /// How many are left, at most [`COUNTED_MAX`].
    pub left: u64,
}

/// Why no dead letter is tried again.
#[derive(Debug, thiserror::Error)]
pub enum ReviveError {
    /// See [`KeyReused`].
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Tasks of a store.
#[async_trait]
pub trait Outbox {
    /// The queues that have a task that is due, by name.
    async fn due_queues(&self, now: Timestamp) -> Result<Vec<Queue>>;

    /// Claims tasks. Of several who claim at once, each gets others.
    async fn claim_tasks(&self, claim: &Claim) -> Result<Vec<Task>>;

    /// Ends claims, in one transaction, and says of each whether it still held; one that did not is left as it is.
    async fn end_tasks(&self, endings: &[(Task, Ending)], at: Timestamp) -> Result<Vec<bool>>;

    /// What waits in a queue.
    async fn load(&self, queue: &Queue) -> Result<Load>;

    /// Has the oldest dead letters of a queue tried again, at most [`REVIVED_MAX`]; awards among them are pending again.
    async fn revive_tasks(&self, operation: &Operation, queue: &Queue) -> Result<Done<Revived>, ReviveError>;
}
