use std::sync::Arc;

use sqlx::SqliteConnection;
use tombola_store::epochs::NewEpoch;
use tombola_store_sql::writer::Writer;
use tombola_store_sql::{Parts, SqlStore};

use crate::driver::Sqlite;
use crate::open::{self, Beside, OpenError, Opened};
use crate::settings::Settings;
use crate::transactions::SqliteTransactions;

/// The store in one SQLite file.
pub type SqliteStore = SqlStore;

/// Opens the database, or makes it; brings it up to this program's version; and takes it over from whichever process
/// had it. When this returns, all that earlier processes wrote and can be read is on the disk.
pub async fn open(settings: Settings) -> Result<SqliteStore, OpenError> {
    let Opened { writer, readers, snapshots, checkpointer, fence } = open::open(&settings).await?;
    let writer = Arc::new(Writer::new(Arc::new(SqliteTransactions), writer.into(), fence));
    let driver = Sqlite::host(checkpointer, &writer);
    Ok(store(settings, writer, readers, snapshots, driver))
}

/// The announced and the current epoch of a database as it lies there, whatever its version; none where there is none
/// yet. Whether a host's key opens them can so be known before anything is written.
pub async fn latest_epochs(settings: &Settings) -> Result<Vec<NewEpoch>, OpenError> {
    open::latest_epochs(&settings.path).await
}

/// Opens a database that is there and leaves it to the host that has it: for short work beside a running host, such as
/// making a token. When another host takes over meanwhile, writes fail as the first host's do.
pub async fn open_beside(settings: Settings) -> Result<SqliteStore, OpenError> {
    let Beside { writer, readers, snapshots, fence } = open::open_beside(&settings).await?;
    let writer = Arc::new(Writer::new(Arc::new(SqliteTransactions), writer.into(), fence));
    Ok(store(settings, writer, readers, snapshots, Sqlite::default()))
}

fn store(
    settings: Settings,
    writer: Arc<Writer>,
    readers: Vec<SqliteConnection>,
    snapshots: Vec<SqliteConnection>,
    driver: Sqlite,
) -> SqliteStore {
    let Settings { path: _, readers: _, deadline, list_deadline, signer } = settings;
    let readers = readers.into_iter().map(Into::into).collect();
    let snapshots = snapshots.into_iter().map(Into::into).collect();
    SqlStore::new(Parts {
        writer,
        readers,
        snapshots,
        driver: Arc::new(driver),
        hosts: None,
        deadline,
        list_deadline,
        signer,
    })
}
