//! Opening: the checks, the migrations and the take-over that come before the first call.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use sqlx::migrate::MigrateError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tombola_domain::digest::Digest;
use tombola_store::epochs::NewEpoch;

use crate::checkpoint;
use crate::origin::{COPY, ORIGINAL, before_moving};
use crate::settings::Settings;
use crate::transactions::primary_code;

pub(crate) mod attempt;
mod digests;
mod migrations;

/// Bytes of a page of a new database; one that is there keeps its own. A draw touches a page here and there in five trees, and each
/// is written, summed and synced as a whole. Half of the usual size takes a third off the log; still smaller pages would part
/// receipts in two.
const PAGE_BYTES: u32 = 2048;
/// KiB of pages that the writer remembers, negative as SQLite wants them. After a commit that balanced a tree it looks at
/// each of them, so that more cost more than they save: the system remembers the others.
const CACHE_KIB: &str = "-16384";
/// The same of each one that reads, of which there are several: inner pages of trees. A pass over all there is fills every one of them.
const READER_CACHE_KIB: &str = "-1024";
/// SQLite's code for what somebody else keeps, who did not let go of it in time.
const BUSY: u8 = 5;
/// Connections that read snapshots: while the answers of one statement are handed out, the next one runs.
const SNAPSHOT_READERS: usize = 2;

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Without a connection that reads nothing can be drawn.
    #[error("the settings ask for no reading connections; at least 1 is needed")]
    NoReaders,
    /// SQLite could not open or read it.
    #[error("the database {path} could not be opened")]
    Database {
        /// The database file.
        path: PathBuf,
        /// What SQLite says.
        source: sqlx::Error,
    },
    /// It holds something else.
    #[error("{0} is a database of another program")]
    Foreign(PathBuf),
    /// It was copied to a server, or is being so.
    #[error(
        "the database {0} goes on where it was copied to, and would part from that; to take it back all the same, run: \
         tombola copy --from sqlite:{0} --undo"
    )]
    Moved(PathBuf),
    /// Somebody keeps everybody else from it, or it is to be had alone and somebody has it.
    #[error(
        "the database {0} is open in another program; wait until that has ended where it copies, or end the host that serves it"
    )]
    InUse(PathBuf),
    /// An older program must not write to it.
    #[error(
        "the database {path} has version {found}, and this program knows versions up to {known}; use a newer program"
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// Only a host that takes it over brings a database up to this program's version.
    #[error("the database {path} has version {found}, and this program needs {needed}; start the host once")]
    Older {
        /// The database file.
        path: PathBuf,
        /// Its version; 0 where there is nothing in it.
        found: i64,
        /// This program's version.
        needed: i64,
    },
    /// It could not be brought up to this program's version. The copy that was made before is left in place.
    #[error("the database could not be brought up to version {to}")]
    Migration {
        /// This program's version.
        to: i64,
        /// Which step failed.
        source: MigrateError,
    },
    /// The copy before the migrations, or making what was written durable, failed.
    #[error("{path} could not be written to the disk")]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// What a store is made of.
pub(crate) struct Opened {
    pub(crate) writer: SqliteConnection,
    pub(crate) readers: Vec<SqliteConnection>,
    pub(crate) snapshots: Vec<SqliteConnection>,
    pub(crate) checkpointer: SqliteConnection,
    pub(crate) fence: i64,
}

pub(crate) async fn open(settings: &Settings) -> Result<Opened, OpenError> {
    if settings.readers == 0 {
        return Err(OpenError::NoReaders);
    }
    let path = &settings.path;
    let failed = |source| OpenError::Database { path: path.clone(), source };
    let (options, writing) = connections(settings);
    let writing = writing.page_size(PAGE_BYTES).journal_mode(SqliteJournalMode::Wal);
    refuse_foreign(path, &options).await?;
    make_private(path)?;
    let mut writer = connect(&writing).await.map_err(failed)?;
    migrations::run(path, &writing, &mut writer).await?;
    let fence = take_over(&mut writer).await.map_err(failed)?;
    abandon_stagings(&mut writer).await.map_err(failed)?;
    abandon_claims(&mut writer).await.map_err(failed)?;
    carry_over(&mut writer).await.map_err(failed)?;
    make_durable(path)?;
    let checkpointer = connect(&writing.busy_timeout(checkpoint::PATIENCE)).await.map_err(failed)?;
    let reading = options.clone().pragma("cache_size", READER_CACHE_KIB);
    let readers = connect_all(&reading, settings.readers).await.map_err(failed)?;
    let snapshots = connect_all(&options, SNAPSHOT_READERS).await.map_err(failed)?;
    Ok(Opened { writer, readers, snapshots, checkpointer, fence })
}

/// What a store beside a host is made of. Checkpoints are the host's.
pub(crate) struct Beside {
    pub(crate) writer: SqliteConnection,
    pub(crate) readers: Vec<SqliteConnection>,
    pub(crate) snapshots: Vec<SqliteConnection>,
    pub(crate) fence: i64,
}

/// Opens without taking over: under the fence that the host has, and with nothing brought up to date.
pub(crate) async fn open_beside(settings: &Settings) -> Result<Beside, OpenError> {
    let path = &settings.path;
    let failed = |source| OpenError::Database { path: path.clone(), source };
    let (options, writing) = connections(settings);
    refuse_foreign(path, &options).await?;
    let mut writer = connect(&writing).await.map_err(failed)?;
    refuse_older(path, &mut writer).await?;
    let fence = pragma(&mut writer, "SELECT fence FROM committer").await.map_err(failed)?;
    let readers = connect_all(&options, 1).await.map_err(failed)?;
    let snapshots = connect_all(&options, 1).await.map_err(failed)?;
    Ok(Beside { writer, readers, snapshots, fence })
}

/// Opens to copy: what may only read could not write into the copy either.
pub(crate) async fn to_copy(settings: &Settings) -> Result<SqliteConnection, OpenError> {
    let (options, writing) = connections(settings);
    refuse_foreign(&settings.path, &options).await?;
    let mut source = connect(&writing).await.map_err(|source| failed(&settings.path, source))?;
    refuse_older(&settings.path, &mut source).await?;
    Ok(source)
}

/// Whether this is a copy that a program of ours made and marked.
pub(crate) async fn is_marked(path: &Path) -> Result<bool, OpenError> {
    let options = SqliteConnectOptions::new().filename(path).pragma("query_only", "1");
    refuse_foreign(path, &options).await?;
    let mut copy = connect(&options).await.map_err(|source| failed(path, source))?;
    let application = pragma(&mut copy, "PRAGMA application_id").await;
    copy.close().await.map_err(|source| failed(path, source))?;
    Ok(application.map_err(|source| failed(path, source))? == COPY)
}

/// The latest two epochs of a database as it is, whatever its version: the announced and the current one. None where
/// there is no database yet. Nothing is written, and whoever has the database keeps it.
pub(crate) async fn latest_epochs(path: &Path) -> Result<Vec<NewEpoch>, OpenError> {
    if !std::fs::metadata(path).is_ok_and(|file| file.len() > 0) {
        return Ok(Vec::new());
    }
    let options = SqliteConnectOptions::new().filename(path).pragma("query_only", "1");
    refuse_foreign(path, &options).await?;
    let failed = |source| failed(path, source);
    let mut connection = connect(&options).await.map_err(failed)?;
    let epochs =
        pragma(&mut connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'epochs'").await.map_err(failed)?;
    let latest = match epochs {
        0 => Ok(Vec::new()),
        _ => {
            sqlx::query_as::<_, (Vec<u8>, Vec<u8>)>(
                "SELECT commitment, sealed FROM epochs ORDER BY number DESC LIMIT 2",
            )
            .fetch_all(&mut connection)
            .await
        }
    };
    connection.close().await.map_err(failed)?;
    let epoch = |(commitment, sealed): (Vec<u8>, Vec<u8>)| {
        let commitment =
            <[u8; 32]>::try_from(commitment).map_err(|_| sqlx::Error::Decode("a commitment has 32 bytes".into()))?;
        Ok(NewEpoch { commitment: Digest::from_bytes(commitment), sealed })
    };
    latest.and_then(|rows| rows.into_iter().map(epoch).collect()).map_err(failed)
}

pub(crate) fn failed(path: &Path, source: sqlx::Error) -> OpenError {
    match primary_code(&source) {
        Some(BUSY) => OpenError::InUse(path.to_owned()),
        _ => OpenError::Database { path: path.to_owned(), source },
    }
}

/// Refuses a database that only a host that takes it over may bring up to date.
pub(crate) async fn refuse_older(path: &Path, connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let found = pragma(connection, "PRAGMA user_version").await.map_err(|source| failed(path, source))?;
    let needed = migrations::version();
    if found == needed { Ok(()) } else { Err(OpenError::Older { path: path.to_owned(), found, needed }) }
}

/// How to connect for reading and for writing.
pub(crate) fn connections(settings: &Settings) -> (SqliteConnectOptions, SqliteConnectOptions) {
    let options = SqliteConnectOptions::new()
        .filename(&settings.path)
        .busy_timeout(settings.deadline)
        .disable_statement_logging();
    let writing = options
        .clone()
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // Statements that touch many rows keep what they may have to undo, by default in a file.
        .pragma("temp_store", "MEMORY")
        .pragma("wal_autocheckpoint", "0")
        // What is erased is overwritten.
        .pragma("secure_delete", "ON")
        .pragma("cache_size", CACHE_KIB);
    (options.pragma("query_only", "1"), writing)
}

/// A future of the driver's. Boxed, since the compiler can't see through its own type that it may move between threads.
type Boxed<'a, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>>;

pub(crate) fn connect(options: &SqliteConnectOptions) -> Boxed<'static, SqliteConnection, sqlx::Error> {
    let options = options.clone();
    Box::pin(async move { options.connect().await })
}

async fn connect_all(options: &SqliteConnectOptions, count: usize) -> Result<Vec<SqliteConnection>, sqlx::Error> {
    let mut connections = Vec::with_capacity(count);
    for _ in 0..count {
        connections.push(connect(options).await?);
    }
    Ok(connections)
}

/// Looks before anything is written, the journal mode included.
async fn refuse_foreign(path: &Path, options: &SqliteConnectOptions) -> Result<(), OpenError> {
    match inspect(path, options).await? {
        Some(application) if before_moving(application).is_some() => Err(OpenError::Moved(path.to_owned())),
        _ => Ok(()),
    }
}

/// Which database of ours it is, by its mark; `None` where there is none yet.
pub(crate) async fn inspect(path: &Path, options: &SqliteConnectOptions) -> Result<Option<i64>, OpenError> {
    // A file that is not there or empty becomes ours.
    if !std::fs::metadata(path).is_ok_and(|file| file.len() > 0) {
        return Ok(None);
    }
    let failed = |source| failed(path, source);
    let mut connection = connect(options).await.map_err(failed)?;
    let application = pragma(&mut connection, "PRAGMA application_id").await.map_err(failed)?;
    let found = pragma(&mut connection, "PRAGMA user_version").await.map_err(failed)?;
    let tables = pragma(&mut connection, "SELECT count(*) FROM sqlite_schema").await.map_err(failed)?;
    let is_ours = [ORIGINAL, COPY].contains(&application) || before_moving(application).is_some();
    if !is_ours && (application != 0 || tables > 0) {
        return Err(OpenError::Foreign(path.to_owned()));
    }
    connection.close().await.map_err(failed)?;
    let known = migrations::version();
    if found > known {
        return Err(OpenError::Newer { path: path.to_owned(), found, known });
    }
    Ok(Some(application))
}

/// Makes the file where there is none, for its owner alone; SQLite makes the log beside it likewise.
fn make_private(path: &Path) -> Result<(), OpenError> {
    match File::options().write(true).create_new(true).mode(0o600).open(path) {
        Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
            Err(OpenError::Disk { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Raises the fence: from now on no other process can commit.
async fn take_over(writer: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let mut write = writer.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query("UPDATE committer SET fence = fence + 1").execute(&mut *write).await?;
    let fence = pragma(&mut write, "SELECT fence FROM committer").await?;
    write.commit().await?;
    Ok(fence)
}

/// What another process was staging will never be finished.
async fn abandon_stagings(writer: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let staging = "UPDATE list_generations SET state = 'garbage' WHERE state = 'staging';
                   UPDATE code_loads SET state = 'garbage' WHERE state = 'staging'";
    sqlx::query(staging).execute(writer).await.map(drop)
}

/// What another process had claimed it will never end: its tasks are due again, ahead of all that came later.
async fn abandon_claims(writer: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let claimed =
        "UPDATE tasks INDEXED BY tasks_touched SET due = since, owner = NULL WHERE due <> since AND owner IS NOT NULL";
    sqlx::query(claimed).execute(writer).await.map(drop)
}

/// Carries over into the file what is in the log. Where the process before ended because a sync had failed, the log can be read
/// and is not on the disk, and syncing it once more would report success: only what is written anew gets there. What somebody
/// else still reads stays in the log; that is a process that has not ended, or a backup.
async fn carry_over(writer: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(writer).await.map(drop)
}

/// Syncs the log and the folder. What a process wrote just before it died can be read whether or not it reached the disk;
/// it must not be read, answered, and then lost. The database file itself stays shut here: closing it would drop the locks
/// that this process holds on it.
fn make_durable(path: &Path) -> Result<(), OpenError> {
    let log = beside(path, "-wal");
    match File::open(&log).and_then(|file| file.sync_all()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(OpenError::Disk { path: log, source: error }),
        _ => sync_folder(path),
    }
}

pub(crate) fn sync_folder(path: &Path) -> Result<(), OpenError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|source| OpenError::Disk { path: folder.to_owned(), source })
}

pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

pub(crate) async fn pragma(connection: &mut SqliteConnection, query: &'static str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(query).fetch_one(connection).await
}

#[cfg(test)]
mod tests;
