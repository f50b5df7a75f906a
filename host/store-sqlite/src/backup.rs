//! Copies of a database, made beside the host that serves it, and put in the place of one that is lost.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};
use tombola_domain::digest::{Digest, Hasher};

use crate::open::{self, OpenError};
use crate::origin::{COPY, mark};
use crate::settings::Settings;

/// What stands behind a copy, before the digest of all that stands before it: SQLite's own check finds no value that has become another one.
/// SQLite reads as many pages as the first of them says, and so nothing of this.
const SEAL: &[u8; 16] = b"tombola backup 1";
/// Bytes of both.
const SEAL_BYTES: u64 = 48;
const BUFFER_BYTES: usize = 256 << 10;

/// Why there is no copy, or none was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Something would be overwritten.
    #[error("{0} is there already, and nothing is overwritten")]
    Exists(PathBuf),
    /// What is to be copied can't be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It is no copy that this program made.
    #[error("{0} is no backup, or its end was cut off or altered; copies of the files of a running host are not whole")]
    NoBackup(PathBuf),
    /// SQLite could not make or read the copy.
    #[error("the copy {path} could not be made")]
    Copy {
        /// The copy.
        path: PathBuf,
        /// What SQLite says.
        source: sqlx::Error,
    },
    /// The copy is not what a database is.
    #[error("{path} is damaged: {damage}")]
    Damaged {
        /// The copy.
        path: PathBuf,
        /// What is wrong with it.
        damage: String,
    },
    /// The copy could not be read, or what is made of it not be written.
    #[error("the backup {path} could not be copied")]
    Unread {
        /// The copy.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file system failed.
    #[error("{path} could not be written")]
    Disk {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The file in which a copy grows before it gets its name.
pub fn partial(path: &Path) -> PathBuf {
    open::beside(path, ".partial")
}

/// Copies the database of a host, which may go on serving it, to a new file for its owner alone: whole, checked, marked as a
/// copy, and on the disk when this returns.
pub async fn back_up(settings: &Settings, to: &Path) -> Result<(), BackupError> {
    refuse_existing(to)?;
    let mut source = open::to_copy(settings).await?;
    let growing = new_file(to)?;
    let copied = copy_into(&mut source, &growing).await;
    // It has only read.
    let _ = source.close().await;
    finish(copied, &growing, to)
}

/// Puts a copy in the place where a host will open it. The copy stays.
pub async fn restore(from: &Path, settings: &Settings) -> Result<(), BackupError> {
    let to = &settings.path;
    for path in [to.clone(), open::beside(to, "-wal")] {
        refuse_existing(&path)?;
    }
    let growing = new_file(to)?;
    let copied = async {
        // Only what is as it was is looked into.
        unseal(from, &growing)?;
        if !open::is_marked(&growing).await? {
            return Err(BackupError::NoBackup(from.to_owned()));
        }
        let mut copy = connect(&growing).await?;
        let checked = check(&mut copy, &growing).await;
        close(copy, &growing).await.and(checked)
    };
    let copied = copied.await;
    finish(copied, &growing, to)
}

async fn copy_into(source: &mut SqliteConnection, growing: &Path) -> Result<(), BackupError> {
    let failed = |source| BackupError::Copy { path: growing.to_owned(), source };
    let name = growing.to_str().ok_or_else(|| BackupError::Disk {
        path: growing.to_owned(),
        source: io::Error::from(io::ErrorKind::InvalidFilename),
    })?;
    // One reading transaction: commits go on beside it, and are not in the copy.
    sqlx::query("VACUUM INTO ?").bind(name).execute(source).await.map_err(failed)?;
    let mut copy = connect(growing).await?;
    mark(&mut copy, COPY).await.map_err(failed)?;
    let checked = check(&mut copy, growing).await;
    close(copy, growing).await.and(checked)?;
    seal(growing).map_err(|source| BackupError::Disk { path: growing.to_owned(), source })
}

/// Writes behind a copy what it has to be for ever.
fn seal(path: &Path) -> io::Result<()> {
    let digest = digest(&mut File::open(path)?, &mut io::sink())?;
    let mut file = OpenOptions::new().append(true).open(path)?;
    file.write_all(SEAL)?;
    file.write_all(digest.as_bytes())
}

/// Copies what stands before a seal, and holds it against that.
fn unseal(from: &Path, to: &Path) -> Result<(), BackupError> {
    let unread = |source| BackupError::Unread { path: from.to_owned(), source };
    let sealed = File::open(from).map_err(unread)?;
    let length = sealed.metadata().map_err(unread)?.len();
    let length = length.checked_sub(SEAL_BYTES).ok_or_else(|| BackupError::NoBackup(from.to_owned()))?;
    let mut copy = truncated(to).map_err(|source| BackupError::Disk { path: to.to_owned(), source })?;
    let digest = digest(&mut (&sealed).take(length), &mut copy).map_err(unread)?;
    let mut seal = Vec::new();
    (&sealed).read_to_end(&mut seal).map_err(unread)?;
    match seal.strip_prefix(SEAL) {
        Some(kept) if kept == digest.as_bytes() => Ok(()),
        Some(_) => Err(BackupError::Damaged {
            path: from.to_owned(),
            damage: "its checksum is another one than when it was made; take another copy of it".to_owned(),
        }),
        None => Err(BackupError::NoBackup(from.to_owned())),
    }
}

/// Of all that is read, which is written somewhere as well.
fn digest(read: &mut impl Read, write: &mut impl Write) -> io::Result<Digest> {
    let (mut hasher, mut buffer) = (Hasher::default(), vec![0; BUFFER_BYTES]);
    loop {
        match read.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(length) => {
                hasher.update(&buffer[..length]);
                write.write_all(&buffer[..length])?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

async fn connect(path: &Path) -> Result<SqliteConnection, BackupError> {
    let options = SqliteConnectOptions::new().filename(path);
    let connected = SqliteConnection::connect_with(&options).await;
    connected.map_err(|source| BackupError::Copy { path: path.to_owned(), source })
}

async fn close(connection: SqliteConnection, path: &Path) -> Result<(), BackupError> {
    connection.close().await.map_err(|source| BackupError::Copy { path: path.to_owned(), source })
}

async fn check(copy: &mut SqliteConnection, path: &Path) -> Result<(), BackupError> {
    let found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(1)")
        .fetch_all(copy)
        .await
        .map_err(|source| BackupError::Copy { path: path.to_owned(), source })?;
    match found.into_iter().next() {
        Some(line) if line == "ok" => Ok(()),
        damage => Err(BackupError::Damaged { path: path.to_owned(), damage: damage.unwrap_or_default() }),
    }
}

fn refuse_existing(path: &Path) -> Result<(), BackupError> {
    if path.symlink_metadata().is_ok() { Err(BackupError::Exists(path.to_owned())) } else { Ok(()) }
}

/// An empty file that only its owner may read, in the place of what was left of an earlier try.
fn new_file(path: &Path) -> Result<PathBuf, BackupError> {
    let growing = partial(path);
    let made = match fs::remove_file(&growing) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => OpenOptions::new().write(true).create_new(true).mode(0o600).open(&growing),
    };
    made.map(|_| growing.clone()).map_err(|source| BackupError::Disk { path: growing, source })
}

fn truncated(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).truncate(true).open(path)
}

/// Gives the copy its name, or takes it away again.
fn finish(copied: Result<(), BackupError>, growing: &Path, to: &Path) -> Result<(), BackupError> {
    let named = copied.and_then(|()| name(growing, to));
    if named.is_err() {
        // What is left costs room alone, and the next try begins with deleting it.
        let _ = fs::remove_file(growing);
    }
    named
}

fn name(growing: &Path, to: &Path) -> Result<(), BackupError> {
    let disk = |source| BackupError::Disk { path: to.to_owned(), source };
    File::open(growing).and_then(|file| file.sync_all()).map_err(disk)?;
    // A link, unlike a new name, never takes the place of what came meanwhile.
    match fs::hard_link(growing, to) {
        Ok(()) => fs::remove_file(growing).map_err(disk)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(BackupError::Exists(to.to_owned())),
        // Not every file system has links.
        Err(_) => {
            refuse_existing(to)?;
            fs::rename(growing, to).map_err(disk)?;
        }
    }
    Ok(open::sync_folder(to)?)
}
