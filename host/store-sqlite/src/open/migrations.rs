//! Bringing a database up to this program's version.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::attempt::{Note, State};
use super::{Boxed, OpenError, beside, connect, digests, pragma, sync_folder, take_over};
use crate::origin::{COPY, ORIGINAL, mark};

/// Every step from an empty file to this program's database, in order.
pub(super) static MIGRATIONS: Migrator = sqlx::migrate!();

/// The version that this program brings a database to.
pub(super) fn version() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().expect("there is a first migration")
}

pub(super) async fn run(
    path: &Path,
    options: &SqliteConnectOptions,
    writer: &mut SqliteConnection,
) -> Result<(), OpenError> {
    let failed = |source| OpenError::Database { path: path.to_owned(), source };
    let to = version();
    let found = pragma(writer, "PRAGMA user_version").await.map_err(failed)?;
    if found == to {
        return Ok(());
    }
    let attempts = Note::of(path, found);
    if found > 0 {
        // Whoever has the database now must not write to it between the copy and the new schema.
        take_over(writer).await.map_err(failed)?;
        let state = State::read(writer).await.map_err(failed)?;
        // The copy of an attempt that failed is still the one of what is here: another at each start would fill the disk.
        if !attempts.says(state.before()) {
            back_up(path, found, writer).await?;
        }
        attempts.write(state).map_err(|source| OpenError::Disk { path: attempts.path().to_owned(), source })?;
    }
    // First of all, so that a crash in the middle leaves a file that is known to be ours. A copy stays one.
    if pragma(writer, "PRAGMA application_id").await.map_err(failed)? == 0 {
        mark(writer, ORIGINAL).await.map_err(failed)?;
    }
    run_migrations(options).await.map_err(|source| OpenError::Migration { to, source })?;
    digests::fill(writer).await.map_err(failed)?;
    sqlx::raw_sql(AssertSqlSafe(format!("PRAGMA user_version = {to}"))).execute(&mut *writer).await.map_err(failed)?;
    if let Err(error) = attempts.remove() {
        tracing::warn!(%error, file = %attempts.path().display(), "a file that is needed no more stays");
    }
    tracing::info!(from = found, to, "the database was brought up to date");
    Ok(())
}

/// Through a pool of one, since the driver's future for a borrowed connection can't be sent between threads.
fn run_migrations(options: &SqliteConnectOptions) -> Boxed<'static, (), MigrateError> {
    let pool = SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options.clone());
    Box::pin(async move {
        let migrated = MIGRATIONS.run(&pool).await;
        pool.close().await;
        migrated
    })
}

async fn mark_copy(path: &Path) -> Result<(), sqlx::Error> {
    let mut copy = connect(&SqliteConnectOptions::new().filename(path)).await?;
    mark(&mut copy, COPY).await?;
    copy.close().await
}

/// Copies the database to a file named by its version. It gets its name once it is whole and on the disk.
pub(super) async fn back_up(path: &Path, version: i64, writer: &mut SqliteConnection) -> Result<(), OpenError> {
    let failed = |source| OpenError::Database { path: path.to_owned(), source };
    let backup = beside(path, &format!(".version-{version}.backup"));
    let partial = beside(path, &format!(".version-{version}.partial"));
    let disk = |source| OpenError::Disk { path: backup.clone(), source };
    match std::fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(disk(error)),
        _ => {}
    }
    // What it holds is its owner's alone. SQLite takes an empty file.
    File::options().write(true).create_new(true).mode(0o600).open(&partial).map_err(disk)?;
    let name = partial.to_str().ok_or_else(|| disk(io::Error::from(io::ErrorKind::InvalidFilename)))?;
    sqlx::query("VACUUM INTO ?").bind(name).execute(writer).await.map_err(failed)?;
    // Whoever puts it in the database's place goes back in time.
    mark_copy(&partial).await.map_err(failed)?;
    File::open(&partial).and_then(|file| file.sync_all()).map_err(disk)?;
    name_copy(path, version, &partial).map_err(disk)?;
    std::fs::remove_file(&partial).map_err(disk)?;
    sync_folder(path)
}

/// Earlier copies of the same version stay: one may be all that is left of a database, and after a step that failed half-way the
/// first is the one that is as the older program left it.
fn name_copy(path: &Path, version: i64, copy: &Path) -> io::Result<()> {
    let mut ending = format!(".version-{version}.backup");
    for number in 2.. {
        match std::fs::hard_link(copy, beside(path, &ending)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                ending = format!(".version-{version}.backup-{number}");
            }
            linked => return linked,
        }
    }
    unreachable!("there are more numbers than files")
}

/// A database as the first program left it.
#[cfg(test)]
pub(super) async fn run_first(path: &Path) {
    let first = MIGRATIONS.iter().take(1).cloned().collect();
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options);
    Migrator::with_migrations(first).run(&pool).await.expect("the first migration runs");
    pool.close().await;
}
