use std::sync::Arc;

use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};
use tokio::sync::watch;
use tombola_domain::digest::Digest;
use tombola_store::epochs::NewEpoch;
use tombola_store::hosts::Hosts;
use tombola_store_sql::db::Connection;
use tombola_store_sql::writer::Writer;
use tombola_store_sql::{Parts, SqlStore, look_for_room};

use crate::driver::{Committing, Own, Postgres};
use crate::fleet::Fleet;
use crate::open::{self, OpenError};
use crate::pulse;
use crate::server::{Purpose, Server};
use crate::settings::Settings;
use crate::transaction::Writes;

/// The store of a database server.
pub type PostgresStore = SqlStore;

/// Connections that read snapshots: while the answers of one statement are handed out, the next one runs.
const SNAPSHOT_READERS: usize = 2;

/// Opens the database, which is up to this program's version, for a host beside those that serve it already.
pub async fn open(settings: Settings) -> Result<PostgresStore, OpenError> {
    let server = Server::new(settings.clone());
    let (writer, host) = open::open(&settings, &server).await?;
    let writer = self::writer(&server, writer, host, Writes::OfTheHost);
    let fleet = Arc::new(Fleet::new(server.clone(), host));
    // Whoever leads does so from the beginning.
    fleet.beat().await.map_err(|source| open::failed(&settings, source))?;
    let (stop, stopped) = watch::channel(());
    tokio::spawn(look_for_room(Arc::clone(&writer), stopped.clone()));
    pulse::start(&fleet, &writer, &stopped);
    store(settings, server, writer, Some(Own { stop, fleet })).await
}

/// Opens the database and leaves it to the hosts that serve it: for short work beside them, such as making a token.
pub async fn open_beside(settings: Settings) -> Result<PostgresStore, OpenError> {
    let server = Server::new(settings.clone());
    let writer = open::connect(&settings, &server, Purpose::Write).await?;
    let writer = self::writer(&server, writer, 0, Writes::Beside);
    store(settings, server, writer, None).await
}

/// The announced and the current epoch; none where none has begun. Whether a host's key opens them can so be known before the
/// database is taken over.
pub async fn latest_epochs(settings: &Settings) -> Result<Vec<NewEpoch>, OpenError> {
    let mut connection = open::connect(settings, &Server::new(settings.clone()), Purpose::Read).await?;
    let latest = sqlx::raw_sql("SELECT commitment, sealed FROM tombola.epochs ORDER BY number DESC LIMIT 2");
    let epochs = latest.fetch_all(&mut connection).await.and_then(|rows| rows.iter().map(epoch).collect());
    epochs.map_err(|source| open::failed(settings, source))
}

fn epoch(row: &PgRow) -> Result<NewEpoch, sqlx::Error> {
    let commitment: [u8; 32] = row.try_get("commitment")?;
    Ok(NewEpoch { commitment: Digest::from_bytes(commitment), sealed: row.try_get("sealed")? })
}

fn writer(server: &Server, connection: PgConnection, host: i64, writes: Writes) -> Arc<Writer> {
    let transactions = Committing { server: server.clone(), writes };
    Arc::new(Writer::new(Arc::new(transactions), server.for_transactions(connection), host))
}

async fn store(
    settings: Settings,
    server: Server,
    writer: Arc<Writer>,
    own: Option<Own>,
) -> Result<PostgresStore, OpenError> {
    let hosts = own.as_ref().map(|own| Arc::clone(&own.fleet) as Arc<dyn Hosts + Send + Sync>);
    let connections =
        async { Ok((connect_all(&server, settings.readers).await?, connect_all(&server, SNAPSHOT_READERS).await?)) };
    let (readers, snapshots) = connections.await.map_err(|source| open::failed(&settings, source))?;
    Ok(SqlStore::new(Parts {
        writer,
        readers,
        snapshots,
        driver: Arc::new(Postgres { server, own }),
        hosts,
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
