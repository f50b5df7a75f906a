use std::sync::Arc;

use sqlx::postgres::PgConnection;
use tombola_store_sql::db::Connection;
use tombola_store_sql::writer::Writer;
use tombola_store_sql::{Parts, SqlStore};

use crate::driver::Postgres;
use crate::open::{self, OpenError};
use crate::server::{Server, raw};
use crate::settings::Settings;

/// The store of a database server.
pub type PostgresStore = SqlStore;

/// Connections that read snapshots: while the answers of one statement are handed out, the next one runs.
const SNAPSHOT_READERS: usize = 2;

/// Opens the database, which is up to this program's version, and takes it over from whichever host had it.
pub async fn open(settings: Settings) -> Result<PostgresStore, OpenError> {
    let server = Server::new(settings.clone());
    let (mut writer, fence) = open::open(&settings, &server).await?;
    let failed = |source| OpenError::Database { place: settings.place(), source };
    abandon(&mut writer).await.map_err(failed)?;
    let readers = connect_all(&server, settings.readers).await.map_err(failed)?;
    let snapshots = connect_all(&server, SNAPSHOT_READERS).await.map_err(failed)?;
    let transactions = Arc::new(Postgres { server: server.clone() });
    Ok(SqlStore::new(Parts {
        writer: Arc::new(Writer::new(transactions, writer.into(), fence)),
        readers,
        snapshots,
        driver: Arc::new(Postgres { server }),
        deadline: settings.deadline,
        list_deadline: settings.list_deadline,
        signer: settings.signer,
    }))
}

async fn connect_all(server: &Server, count: usize) -> Result<Vec<Connection>, sqlx::Error> {
    let mut connections = Vec::with_capacity(count);
    for _ in 0..count {
        connections.push(server.reader().await?);
    }
    Ok(connections)
}

/// What another host was staging will never be finished, and what it had claimed it will never end: its tasks are due again, ahead
/// of all that came later.
async fn abandon(writer: &mut PgConnection) -> Result<(), sqlx::Error> {
    let abandoned = "UPDATE tombola.list_generations SET state = 'garbage' WHERE state = 'staging';
                     UPDATE tombola.code_loads SET state = 'garbage' WHERE state = 'staging';
                     UPDATE tombola.tasks SET due = since, owner = NULL WHERE due <> since AND owner IS NOT NULL";
    raw(abandoned.to_owned()).execute(writer).await.map(drop)
}
