//! Statements, what they are given and what they find, whichever driver runs them.
//!
//! The names are those of `sqlx`, whose own way to hide the driver knows neither the types nor the speed that are needed here.

mod failure;
mod postgres;
mod query;
mod row;
mod statements;
mod value;

use sqlx::{Connection as _, PgConnection, SqliteConnection};

pub use self::failure::Failure;
pub use self::query::{Done, Query, QueryScalar, query, query_scalar};
pub use self::row::{Column, Index, Row};
pub use self::value::{Bind, Value};

/// A connection to a database of one of the kinds that there are.
#[derive(Debug)]
pub enum Connection {
    /// To a file.
    Sqlite(SqliteConnection),
    /// To a server.
    Postgres {
        /// The connection.
        connection: PgConnection,
        /// Whether a statement has shown it to be lost.
        is_lost: bool,
    },
}

impl Connection {
    /// To a file, if that is what it is.
    pub fn as_sqlite(&mut self) -> Option<&mut SqliteConnection> {
        match self {
            Self::Sqlite(connection) => Some(connection),
            Self::Postgres { .. } => None,
        }
    }

    /// To a server, if that is what it is.
    pub fn as_postgres(&mut self) -> Option<&mut PgConnection> {
        match self {
            Self::Postgres { connection, .. } => Some(connection),
            Self::Sqlite(_) => None,
        }
    }

    pub(crate) fn is_lost(&self) -> bool {
        matches!(self, Self::Postgres { is_lost: true, .. })
    }

    /// Says goodbye.
    pub async fn close(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection) => connection.close().await,
            Self::Postgres { connection, .. } => connection.close().await,
        }
    }
}

impl From<SqliteConnection> for Connection {
    fn from(connection: SqliteConnection) -> Self {
        Self::Sqlite(connection)
    }
}

impl From<PgConnection> for Connection {
    fn from(connection: PgConnection) -> Self {
        Self::Postgres { connection, is_lost: false }
    }
}
