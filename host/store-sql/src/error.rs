use std::sync::Arc;

use sqlx::error::ErrorKind;
use tombola_store::StoreError;

use crate::db::Failure;

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
        match &error {
            Unavailable::Database(cause) if Failure::of(cause) == Failure::Full => Self::Full(Box::new(error)),
            Unavailable::Database(cause) if breaks_constraint(cause) => Self::Refused(Box::new(error)),
            _ => Self::Unavailable(Box::new(error)),
        }
    }
}

/// Whether the database refused what was to be written, and will again.
fn breaks_constraint(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.kind() != ErrorKind::Other)
}

/// For results of the driver, which the contract does not know.
pub(crate) fn unavailable(error: sqlx::Error) -> StoreError {
    Unavailable::from(error).into()
}
