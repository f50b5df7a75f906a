use std::sync::Arc;

use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};
use tokio::sync::watch;
use tombola_domain::digest::Digest;
use tombola_store::epochs::NewEpoch;
use tombola_store_sql::db::Connection;
use tombola_store_sql::writer::Writer;
use tombola_store_sql::{Parts, SqlStore, look_for_room};

use crate::driver::{self, Committing, Postgres};
use crate::open::{self, OpenError};
use crate::server::{Purpose, Server, raw};
use crate::settings::Settings;
use crate::transaction::{self, Writes};

/// The store of a database server.
pub type PostgresStore = SqlStore;

/// Connections that read snapshots: while the answers of one statement are handed out, the next one runs.
const SNAPSHOT_READERS: usize = 2;

/// Opens the database, which is up to this program's version, and takes it over from whichever host had it.
pub async fn open(settings: Settings) -> Result<PostgresStore, OpenError> {
    let server = Server::new(settings.clone());
    let (mut writer, fence) = open::open(&settings, &server).await?;
    let taken = async {
        // Whoever has taken over since sees to it.
        if transaction::begin(&server, &mut writer, fence, Writes::OfTheHost).await?.is_some() {
            driver::begin_here(&mut writer).await?;
            abandon(&mut writer).await?;
        }
        raw("COMMIT".to_owned()).execute(&mut writer).await
    };
    taken.await.map_err(|source| open::failed(&settings, source))?;
    let writer = self::writer(&server, writer, fence, Writes::OfTheHost);
    let (stop, stopped) = watch::channel(());
    tokio::spawn(look_for_room(Arc::clone(&writer), stopped));
    store(settings, server, writer, Some(stop)).await
}

/// Opens the database and leaves it to the host that has it: for short work beside a running host, such as making a token. When
/// another host takes over meanwhile, writes fail as the first host's do.
pub async fn open_beside(settings: Settings) -> Result<PostgresStore, OpenError> {
    let server = Server::new(settings.clone());
    let mut writer = open::connect(&settings, &server, Purpose::Write).await?;
    let fence = sqlx::query_scalar("SELECT fence FROM tombola.committer").fetch_one(&mut writer).await;
    let fence = fence.map_err(|source| open::failed(&settings, source))?;
    let writer = self::writer(&server, writer, fence, Writes::Beside);
    store(settings, server, writer, None).await
}

/// The announced and the current epoch; none where none has begun. Whether a host's key opens them can so be known before the
/// database is taken over.
pub async fn latest_epochs(settings: &Settings) -> Result<Vec<NewEpoch>, OpenError> {
    let mut connection = open::connect(settings, &Server::new(settings.clone()), Purpose::Read).await?;
    let latest = sqlx::query("SELECT commitment, sealed FROM tombola.epochs ORDER BY number DESC LIMIT 2");
    let epochs = latest.fetch_all(&mut connection).await.and_then(|rows| rows.iter().map(epoch).collect());
    epochs.map_err(|source| open::failed(settings, source))
}

fn epoch(row: &PgRow) -> Result<NewEpoch, sqlx::Error> {
    let commitment: [u8; 32] = row.try_get("commitment")?;
    Ok(NewEpoch { commitment: Digest::from_bytes(commitment), sealed: row.try_get("sealed")? })
}

fn writer(server: &Server, connection: PgConnection, fence: i64, writes: Writes) -> Arc<Writer> {
    let transactions = Committing { server: server.clone(), writes };
    Arc::new(Writer::new(Arc::new(transactions), connection.into(), fence))
}

async fn store(
    settings: Settings,
    server: Server,
    writer: Arc<Writer>,
    stop: Option<watch::Sender<()>>,
) -> Result<PostgresStore, OpenError> {
    let connections =
        async { Ok((connect_all(&server, settings.readers).await?, connect_all(&server, SNAPSHOT_READERS).await?)) };
    let (readers, snapshots) = connections.await.map_err(|source| open::failed(&settings, source))?;
    Ok(SqlStore::new(Parts {
        writer,
        readers,
        snapshots,
        driver: Arc::new(Postgres { server, stop }),
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
