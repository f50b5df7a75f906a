use std::sync::Arc;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _};

use super::Failure;

/// A connection to a server, which can be lost.
#[derive(Debug)]
pub struct Link {
    connection: PgConnection,
    is_lost: bool,
    /// Whether statements are kept prepared under names, which belong to a connection of the server's.
    keeps_statements: bool,
    /// What begins a transaction for each statement by itself; `None` where whoever asks begins one, or none is needed.
    begin: Option<Arc<str>>,
}

impl Link {
    /// For transactions that are begun by whoever asks, or for statements that need none.
    pub fn new(connection: PgConnection) -> Self {
        Self { connection, is_lost: false, keeps_statements: true, begin: None }
    }

    /// For transactions that are begun by whoever asks, behind a pooler, which gives each whatever connection it has: a name that one keeps
    /// there is in the way of others.
    pub fn nameless(connection: PgConnection) -> Self {
        Self { keeps_statements: false, ..Self::new(connection) }
    }

    /// For single statements behind a pooler, which gives each transaction whatever connection it has: what a statement takes several
    /// messages for, and what else has to be said first, goes into one that this begins.
    pub fn pooled(connection: PgConnection, begin: String) -> Self {
        Self { begin: Some(begin.into()), ..Self::nameless(connection) }
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    pub(super) fn keeps_statements(&self) -> bool {
        self.keeps_statements
    }

    pub(super) fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// Before a call to the server. Until it is judged: who gives up half-way leaves an answer behind for which the next one would have
    /// to wait, of a server that may be gone.
    pub(super) fn lose(&mut self) {
        self.is_lost = true;
    }

    /// After it.
    pub(super) fn judge(&mut self, error: Option<&sqlx::Error>) {
        self.is_lost = error.is_some_and(|error| Failure::of(error) == Failure::Lost);
    }

    /// Before statements.
    pub(super) async fn begin(&mut self) -> Result<(), sqlx::Error> {
        self.lose();
        match self.begin.clone() {
            Some(begin) => sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut self.connection).await.map(drop),
            None => Ok(()),
        }
    }

    /// After them.
    pub(super) async fn end<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        self.judge(result.as_ref().err());
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
