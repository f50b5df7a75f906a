//! Statements, what they are given and what they find, whichever driver runs them.
//!
//! The names are those of `sqlx`, whose own way to hide the driver knows neither the types nor the speed that are needed here.

mod damage;
mod failure;
mod link;
mod postgres;
mod query;
mod row;
mod statements;
mod value;

use sqlx::{Connection as _, PgConnection, SqliteConnection};

pub(crate) use self::damage::Damage;
pub use self::failure::Failure;
pub use self::link::Link;
pub use self::query::{Done, Query, QueryScalar, query, query_scalar};
pub use self::row::{Column, Index, Row};
pub use self::value::{Bind, Value};

/// A connection to a database of one of the kinds that there are.
#[derive(Debug)]
pub enum Connection {
    /// To a file.
    Sqlite(SqliteConnection),
    /// To a server.
    Postgres(Link),
}

impl Connection {
    /// To a file, if that is what it is.
    pub fn as_sqlite(&mut self) -> Option<&mut SqliteConnection> {
        match self {
            Self::Sqlite(connection) => Some(connection),
            Self::Postgres(_) => None,
        }
    }

    /// To a server, if that is what it is.
    pub fn as_postgres(&mut self) -> Option<&mut PgConnection> {
        match self {
            Self::Postgres(link) => Some(link.connection()),
            Self::Sqlite(_) => None,
        }
    }

    /// Whether it is of no use any more, which only one to a server comes to be.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::Postgres(link) if link.is_lost())
    }

    /// Takes it for lost, until it is [judged](Self::judge) by what came of a call.
    pub fn lose(&mut self) {
        if let Self::Postgres(link) = self {
            link.lose();
        }
    }

    /// Whether it is lost follows from how a call failed, if it did.
    pub fn judge(&mut self, error: Option<&sqlx::Error>) {
        if let Self::Postgres(link) = self {
            link.judge(error);
        }
    }

    /// Lets go of the statements that one to a file remembers, after some that nobody runs again soon.
    pub async fn forget(&mut self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection) => connection.clear_cached_statements().await,
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Says goodbye.
    pub async fn close(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection) => connection.close().await,
            Self::Postgres(link) => link.close().await,
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
        Self::Postgres(Link::new(connection))
    }
}

impl From<Link> for Connection {
    fn from(link: Link) -> Self {
        Self::Postgres(link)
    }
}
