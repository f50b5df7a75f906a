use std::sync::Arc;

use tombola_store::StoreError;

/// Why the database gave no answer; the source of [`StoreError::Unavailable`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unavailable {
    #[error("no answer came within the deadline")]
    Deadline,
    #[error("too many writes are waiting")]
    Queue,
    #[error("the store is closed")]
    Closed,
    #[error("what was staged is not there any more")]
    Staging,
    #[error("a task of the store's has ended")]
    Task(#[source] tokio::task::JoinError),
    #[error("SQLite answered with an error")]
    Sqlite(#[from] sqlx::Error),
    #[error("SQLite answered a statement of several calls with an error")]
    Shared(#[source] Arc<sqlx::Error>),
}

impl From<Unavailable> for StoreError {
    fn from(error: Unavailable) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

/// For results of the driver, which the contract does not know.
pub(crate) fn unavailable(error: sqlx::Error) -> StoreError {
    Unavailable::from(error).into()
}
