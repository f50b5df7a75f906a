//! Statements, what they are given and what they find, whichever driver runs them.
//!
//! The names are those of `sqlx`, whose own way to hide the driver knows neither the types nor the speed that are needed here.

mod failure;
mod query;
mod row;
mod value;

use sqlx::{Connection as _, SqliteConnection};

pub use self::failure::Failure;
pub use self::query::{Done, Query, QueryScalar, query, query_scalar};
pub use self::row::{Column, Index, Row};
pub use self::value::{Bind, Value};

/// A connection to a database of one of the kinds that there are.
#[derive(Debug)]
pub enum Connection {
    /// To a file.
    Sqlite(SqliteConnection),
}

impl Connection {
    /// To a file, if that is what it is.
    pub fn as_sqlite(&mut self) -> Option<&mut SqliteConnection> {
        match self {
            Self::Sqlite(connection) => Some(connection),
        }
    }

    /// What the latest statement says of what was to be written, if it failed.
    pub(crate) async fn latest_failure(&mut self) -> Result<Option<Failure>, sqlx::Error> {
        match self {
            Self::Sqlite(connection) => {
                Ok(connection.lock_handle().await?.last_error().map(|error| Failure::of_sqlite(&error)))
            }
        }
    }

    /// Undoes a transaction, if there is one. SQLite may have rolled back by itself, in which case there is nothing to undo and it says so.
    pub(crate) async fn rollback(&mut self) -> Result<(), sqlx::Error> {
        match query("ROLLBACK").execute(self).await {
            Err(error) if failure::sqlite_primary_code(&error) != Some(failure::ERROR) => Err(error),
            _ => Ok(()),
        }
    }

    /// Says goodbye.
    pub async fn close(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection) => connection.close().await,
        }
    }
}

impl From<SqliteConnection> for Connection {
    fn from(connection: SqliteConnection) -> Self {
        Self::Sqlite(connection)
    }
}
