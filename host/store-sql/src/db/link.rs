use std::sync::Arc;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _};

use super::Failure;

/// A connection to a server, which can be lost.
#[derive(Debug)]
pub struct Link {
    connection: PgConnection,
    is_lost: bool,
    /// What begins a transaction for each statement by itself; `None` where whoever asks begins one, or none is needed.
    begin: Option<Arc<str>>,
}

impl Link {
    /// For transactions that are begun by whoever asks, or for statements that need none.
    pub fn new(connection: PgConnection) -> Self {
        Self { connection, is_lost: false, begin: None }
    }

    /// For single statements behind a pooler, which gives each transaction whatever connection it has: what a statement takes several
    /// messages for, and what else has to be said first, goes into one that this begins.
    pub fn pooled(connection: PgConnection, begin: String) -> Self {
        Self { connection, is_lost: false, begin: Some(begin.into()) }
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    pub(super) fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// Before statements. Until they have ended it counts as lost: who gives up half-way leaves an answer behind for which the next
    /// one would have to wait, of a server that may be gone.
    pub(super) async fn begin(&mut self) -> Result<(), sqlx::Error> {
        self.is_lost = true;
        match self.begin.clone() {
            Some(begin) => sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut self.connection).await.map(drop),
            None => Ok(()),
        }
    }

    /// After them.
    pub(super) async fn end<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        let is_loss = |error: &sqlx::Error| Failure::of(error) == Failure::Lost;
        self.is_lost = result.as_ref().is_err_and(is_loss);
        if self.begin.is_some() && !self.is_lost {
            // In a transaction in which a statement failed it undoes.
            self.is_lost = sqlx::raw_sql("COMMIT").execute(&mut self.connection).await.is_err();
        }
        result
    }

    pub(super) async fn close(self) -> Result<(), sqlx::Error> {
        self.connection.close().await
    }
}
