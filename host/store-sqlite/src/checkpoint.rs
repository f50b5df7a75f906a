//! Checkpoints: the write-ahead log is carried over into the file beside the draws, never by one of them.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{Connection, Row, SqliteConnection};
use tokio::sync::{mpsc, oneshot, watch};
use tombola_domain::causes::Causes;
use tombola_store_sql::db::Failure;
use tombola_store_sql::writer::{Condition, Writer};

/// How often the log's length is looked at.
const PERIOD: Duration = Duration::from_millis(20);
/// Pages of 2 KiB that wait in the log before they are carried over: enough that a page written by many draws is carried
/// over once, and few enough that draws meanwhile have the processor and the disk nearly to themselves. Four times as many make
/// a full host a thirtieth faster, and double the slowest hundredth of draws.
const BACKLOG_PAGES: i64 = 2048;
/// The log's length, in pages, from which writers wait until it can begin anew. A steady load never leaves a moment when
/// all of the log is carried over, so that without this it would grow for ever.
const LOG_PAGES_MAX: i64 = 16 * BACKLOG_PAGES;
/// How long writers wait for somebody who reads what is in the log, before it begins anew at another time.
pub(crate) const PATIENCE: Duration = Duration::from_millis(50);
/// After that many quiet periods a shorter backlog is carried over too, so that a start after a crash has little to do.
const QUIET_PERIODS: u32 = 50;

/// Periods until the log is tried again that somebody reads and that should be emptied: each try keeps writers waiting for
/// [`PATIENCE`].
const RETRY_PERIODS: u32 = 10;
/// Wishes for an empty log that may wait. One empties it for all of them.
const WISHES_MAX: usize = 16;

/// Has the log emptied at once, where old pages must not stay in it.
pub(crate) struct Purge(mpsc::Sender<oneshot::Sender<()>>);

/// The other end, for [`run`].
pub(crate) struct Wishes(mpsc::Receiver<oneshot::Sender<()>>);

pub(crate) fn purge() -> (Purge, Wishes) {
    let (wish, wishes) = mpsc::channel(WISHES_MAX);
    (Purge(wish), Wishes(wishes))
}

impl Purge {
    /// Returns when it was tried: while somebody reads what is in the log, as a backup does, it is tried again until they end.
    pub(crate) async fn ask(&self) {
        let (tried, wait) = oneshot::channel();
        if self.0.send(tried).await.is_ok() {
            // Nobody answers where the store is closed, which empties the log too.
            let _ = wait.await;
        }
    }
}

/// The log: its length and what of it was carried over, in pages.
struct Log {
    pages: i64,
    carried: i64,
    /// Whether somebody kept it from what was asked for.
    is_busy: bool,
}

/// Runs until told to stop, or until the sender is gone.
pub(crate) async fn run(
    mut connection: SqliteConnection,
    writer: Arc<Writer>,
    mut stop: watch::Receiver<()>,
    mut wishes: Wishes,
) {
    let (mut seen, mut quiet, mut owed) = (writer.commits(), 0, None);
    while writer.condition() != Condition::Broken {
        let wish = tokio::select! {
            _ = stop.changed() => break,
            Some(wish) = wishes.0.recv() => Some(wish),
            () = tokio::time::sleep(PERIOD) => None,
        };
        let done = match (&wish, owed) {
            (Some(_), _) | (None, Some(0)) => {
                let emptied = empty(&mut connection, &writer).await;
                owed = (!matches!(emptied, Ok(true))).then_some(RETRY_PERIODS);
                emptied.map(drop)
            }
            (None, _) => {
                owed = owed.map(|periods| periods - 1);
                let commits = writer.commits();
                quiet = if commits == seen { quiet + 1 } else { 0 };
                seen = commits;
                if quiet > QUIET_PERIODS {
                    continue;
                }
                carry_over(&mut connection, &writer, quiet == QUIET_PERIODS).await
            }
        };
        if let Err(error) = done {
            give_up(&writer, &error).await;
        }
        if let Some(wish) = wish {
            // Whoever asked may have given up waiting.
            let _ = wish.send(());
        }
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "the checkpointing connection did not close cleanly");
    }
}

async fn give_up(writer: &Writer, error: &sqlx::Error) {
    tracing::warn!(error = %Causes(&error), "a checkpoint failed; the log goes on growing until one succeeds");
    if Failure::of(error) == Failure::Disk {
        // As after a commit: the next sync may report success for what is not on the disk.
        writer.hold().await.break_off("a checkpoint failed");
    }
}

/// Carries over all of the log and cuts it to nothing, unless somebody reads what is in it. Answers whether that was done.
async fn empty(connection: &mut SqliteConnection, writer: &Writer) -> Result<bool, sqlx::Error> {
    // First without keeping anybody from writing.
    checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)").await?;
    let _no_writes = writer.hold().await;
    let log = checkpoint(connection, "PRAGMA wal_checkpoint(TRUNCATE)").await?;
    Ok(!log.is_busy)
}

async fn carry_over(connection: &mut SqliteConnection, writer: &Writer, is_quiet: bool) -> Result<(), sqlx::Error> {
    let log = checkpoint(connection, "PRAGMA wal_checkpoint(NOOP)").await?;
    let backlog = log.pages - log.carried;
    if backlog < BACKLOG_PAGES && log.pages < LOG_PAGES_MAX && !(is_quiet && backlog > 0) {
        return Ok(());
    }
    checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)").await?;
    if log.pages >= LOG_PAGES_MAX {
        // Once more for what was written meanwhile, so that little is left for the moment in which nobody writes. The file
        // keeps its length: writing over blocks that it has is quicker to sync than growing it again.
        let log = checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)").await?;
        if log.pages - log.carried > BACKLOG_PAGES {
            // Somebody reads for long, as a backup does, and the log can't begin anew before they end. It grows meanwhile.
            return Ok(());
        }
        let _no_writes = writer.hold().await;
        checkpoint(connection, "PRAGMA wal_checkpoint(RESTART)").await?;
    }
    Ok(())
}

async fn checkpoint(connection: &mut SqliteConnection, pragma: &'static str) -> Result<Log, sqlx::Error> {
    let row = sqlx::query(pragma).fetch_one(connection).await?;
    Ok(Log { pages: row.try_get(1)?, carried: row.try_get(2)?, is_busy: row.try_get(0)? })
}
