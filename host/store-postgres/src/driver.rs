use async_trait::async_trait;
use sqlx::postgres::PgConnection;
use tombola_store_sql::db::{Connection, Failure};
use tombola_store_sql::{Committer, Driver, Ended, Transactions};

use crate::server::{Purpose, Server, raw};
use crate::transaction;

/// What Postgres does in its own way.
pub(crate) struct Postgres {
    pub(crate) server: Server,
}

#[async_trait]
impl Driver for Postgres {
    /// What was restored of a server's own copies is not marked.
    async fn is_copy(&self, _reader: &mut Connection) -> Result<bool, sqlx::Error> {
        Ok(false)
    }

    async fn make_original(&self, _write: &mut Connection) -> Result<(), sqlx::Error> {
        Ok(())
    }

    /// The server sweeps by itself what was erased.
    async fn purge(&self) {}

    async fn reconnect(&self) -> Result<Connection, sqlx::Error> {
        self.server.reader().await
    }

    async fn close(&self) {}
}

#[async_trait]
impl Transactions for Postgres {
    async fn begin(&self, connection: &mut Connection, fence: i64) -> Result<Option<Committer>, sqlx::Error> {
        transaction::begin(&self.server, to_server(connection), fence).await
    }

    async fn commit(&self, connection: &mut Connection, fence: i64, write: i64) -> Ended {
        transaction::commit(&self.server, to_server(connection), fence, write).await
    }

    /// The server says at once what it says, to whoever asked.
    async fn latest_failure(&self, _connection: &mut Connection) -> Result<Option<Failure>, sqlx::Error> {
        Ok(None)
    }

    async fn rollback(&self, connection: &mut Connection) -> Result<(), sqlx::Error> {
        raw("ROLLBACK".to_owned()).execute(to_server(connection)).await.map(drop)
    }

    async fn replace(&self, error: &sqlx::Error) -> Option<Result<Connection, sqlx::Error>> {
        match Failure::of(error) {
            Failure::Lost => Some(self.server.connect(Purpose::Write).await.map(Connection::from)),
            Failure::Undone | Failure::Full | Failure::Disk => None,
        }
    }
}

fn to_server(connection: &mut Connection) -> &mut PgConnection {
    connection.as_postgres().expect("a store on a server writes to it")
}
