use std::sync::Arc;

use async_trait::async_trait;
use sqlx::Row;
use sqlx::postgres::PgConnection;
use tokio::sync::watch;
use tombola_domain::causes::Causes;
use tombola_store_sql::db::{Connection, Failure};
use tombola_store_sql::{Committer, Driver, Ended, Partitions, Staged, Transactions};

use crate::fleet::Fleet;
use crate::hosts;
use crate::server::{Purpose, Server, raw};
use crate::transaction::{self, Writes};

/// What Postgres does in its own way.
pub(crate) struct Postgres {
    pub(crate) server: Server,
    /// What is the host's own; `None` of who works beside hosts.
    pub(crate) own: Option<Own>,
}

/// What a host has of its own in a database that others serve, too.
pub(crate) struct Own {
    /// What stops what runs beside its connections.
    pub(crate) stop: watch::Sender<()>,
    pub(crate) fleet: Arc<Fleet>,
}

/// How Postgres begins and ends write transactions.
pub(crate) struct Committing {
    pub(crate) server: Server,
    pub(crate) writes: Writes,
}

#[async_trait]
impl Driver for Postgres {
    /// Whether the database stands elsewhere than where it was begun, or was promoted or restored there: it may lack what was
    /// answered before.
    async fn is_copy(&self, reader: &mut Connection) -> Result<bool, sqlx::Error> {
        let is_copy = format!("SELECT origin <> {ORIGIN} FROM tombola.committer");
        let is_copy: Option<bool> = raw(is_copy).fetch_one(to_server(reader)).await?.try_get(0)?;
        Ok(is_copy.unwrap_or_default())
    }

    async fn make_original(&self, write: &mut Connection) -> Result<(), sqlx::Error> {
        raw(format!("UPDATE tombola.committer SET origin = {ORIGIN}")).execute(to_server(write)).await.map(drop)
    }

    async fn is_current(&self, reader: &mut Connection, fence: i64) -> Result<bool, sqlx::Error> {
        match &self.own {
            Some(_) => hosts::lives(reader, fence).await,
            None => Ok(true),
        }
    }

    /// The server sweeps by itself what was erased.
    async fn purge(&self) {}

    fn partitions(&self) -> Option<&dyn Partitions> {
        Some(self)
    }

    async fn reconnect(&self) -> Result<Connection, sqlx::Error> {
        self.server.reader().await
    }

    /// What was claimed or staged and not ended is left to the others.
    async fn close(&self) {
        let Some(Own { stop, fleet }) = &self.own else { return };
        let _ = stop.send(());
        if let Err(error) = fleet.leave().await {
            let error = Causes(&error);
            tracing::warn!(%error, "the other hosts could not be told that this one ends; they will find it dead");
        }
    }
}

#[async_trait]
impl Transactions for Committing {
    async fn begin(&self, connection: &mut Connection, fence: i64) -> Result<Option<Committer>, sqlx::Error> {
        // Who gives up half-way does not wait for a server that says nothing.
        connection.lose();
        let begun = transaction::begin(&self.server, to_server(connection), fence, self.writes).await;
        connection.judge(begun.as_ref().err());
        begun
    }

    async fn commit(&self, connection: &mut Connection, fence: i64, write: i64) -> Ended {
        let ended = transaction::commit(&self.server, to_server(connection), fence, (self.writes, write)).await;
        connection.judge(ended.error.as_ref());
        ended
    }

    /// The server says at once what it says, to whoever asked.
    async fn latest_failure(&self, _connection: &mut Connection) -> Result<Option<Failure>, sqlx::Error> {
        Ok(None)
    }

    async fn note_staged(&self, connection: &mut Connection, fence: i64, staged: Staged) -> Result<(), sqlx::Error> {
        let (table, key, number) = match staged {
            Staged::List(generation) => ("list_generations", "generation", generation),
            Staged::Codes(load) => ("code_loads", "number", load),
        };
        match self.writes {
            Writes::OfTheHost => {
                let note = raw(format!("UPDATE {table} SET host = {fence} WHERE {key} = {number}"));
                note.execute(to_server(connection)).await.map(drop)
            }
            Writes::Beside => Ok(()),
        }
    }

    /// A server that does not answer is not waited for: it undoes by itself what was begun on a connection that is closed.
    async fn rollback(&self, connection: &mut Connection) -> Result<(), sqlx::Error> {
        if connection.is_lost() {
            return Err(sqlx::Error::Io(std::io::ErrorKind::NotConnected.into()));
        }
        let rollback = raw("ROLLBACK".to_owned());
        self.server.within(rollback.execute(to_server(connection))).await.map(drop)
    }

    async fn replace(&self, error: &sqlx::Error) -> Option<Result<Connection, sqlx::Error>> {
        match Failure::of(error) {
            Failure::Lost => {
                let connected = self.server.connect(Purpose::Write).await;
                Some(connected.map(|connection| self.server.for_transactions(connection)))
            }
            Failure::Undone | Failure::Full | Failure::Disk => None,
        }
    }
}

/// Where a database is: which server's, which of its databases, and which of its histories.
const ORIGIN: &str =
    "(SELECT system_identifier || '/' || oid || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)
                       FROM pg_control_system(), pg_database WHERE datname = current_database())";

/// What notes where a database is begun, unless it was begun already.
pub(crate) fn begin_here() -> String {
    format!("UPDATE tombola.committer SET origin = {ORIGIN} WHERE origin IS NULL")
}

fn to_server(connection: &mut Connection) -> &mut PgConnection {
    connection.as_postgres().expect("a store on a server writes to it")
}
