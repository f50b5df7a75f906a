use std::sync::Arc;

use tombola_store::{Result, StoreError};

use crate::db::{Damage, Failure};

/// Why the database gave no answer; the source of [`StoreError::Unavailable`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unavailable {
    #[error("no answer came within the deadline")]
    Deadline,
    #[error("too many writes are waiting")]
    Queue,
    #[error("there was no room for the latest write")]
    Room,
    #[error("the store is closed")]
    Closed,
    #[error("what was staged is not there any more")]
    Staging,
    #[error("a task of the store's has ended")]
    Task(#[source] tokio::task::JoinError),
    #[error("the database answered with an error")]
    Database(#[from] sqlx::Error),
    #[error("the database answered a statement of several calls with an error")]
    Shared(#[source] Arc<sqlx::Error>),
}

impl From<Unavailable> for StoreError {
    fn from(error: Unavailable) -> Self {
        let cause = match &error {
            Unavailable::Database(cause) => cause,
            Unavailable::Shared(cause) => cause,
            _ => return Self::Unavailable(Box::new(error)),
        };
        match Damage::of(cause) {
            Some(Damage::Refused) => Self::Refused(Box::new(error)),
            Some(Damage::Unreadable) => Self::Unreadable(Box::new(error)),
            None if Failure::of(cause) == Failure::Full => Self::Full(Box::new(error)),
            None => Self::Unavailable(Box::new(error)),
        }
    }
}

/// For results of the driver, which the contract does not know.
pub(crate) fn unavailable(error: sqlx::Error) -> StoreError {
    Unavailable::from(error).into()
}

/// What came of one thing of several: damage is its alone, and what else went wrong went wrong for all of them.
pub(crate) fn alone<T>(result: Result<T>) -> Result<Result<T>> {
    match result {
        Err(error) if !error.is_damage() => Err(error),
        alone => Ok(alone),
    }
}
