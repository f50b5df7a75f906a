//! The one connection that writes.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::{Connection, SqliteConnection};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore};
use tombola_store::{Result, StoreError};

use crate::error::{Unavailable, unavailable};
use crate::fields::Fields;

/// Writes that may wait for their turn. Draws come in batches, so that more than this many means a database that stands
/// still, and failing at once is kinder than failing after the deadline.
const WAITING_MAX: usize = 1024;

pub(crate) struct Writer {
    seat: Arc<Mutex<Seat>>,
    places: Semaphore,
    fence: i64,
    commits: Arc<AtomicU64>,
}

/// The connection and what is known of its state. Transactions are opened and ended by statements rather than by the
/// driver, whose own count goes wrong when SQLite rolls back by itself, as it does on a full disk.
pub(crate) struct Seat {
    connection: Option<SqliteConnection>,
    in_transaction: bool,
    poisoned: bool,
}

/// A write transaction. Dropping it undoes it.
pub(crate) struct Write {
    seat: Option<OwnedMutexGuard<Seat>>,
    commits: Arc<AtomicU64>,
    /// The activation that holds, and goes on holding until this ends.
    pub(crate) activation: u64,
    /// Of the latest draw in the feed.
    pub(crate) position: u64,
}

impl Writer {
    pub(crate) fn new(connection: SqliteConnection, fence: i64) -> Self {
        let seat = Seat { connection: Some(connection), in_transaction: false, poisoned: false };
        Self { seat: Arc::new(Mutex::new(seat)), places: Semaphore::new(WAITING_MAX), fence, commits: Arc::default() }
    }

    /// Waits for its turn and begins, holding SQLite's write lock from the first statement on.
    pub(crate) async fn begin(&self) -> Result<Write> {
        let mut seat = self.sit().await?;
        if seat.poisoned {
            return Err(StoreError::Broken);
        }
        seat.end_abandoned().await?;
        seat.in_transaction = true;
        let mut write = Write { seat: Some(seat), commits: Arc::clone(&self.commits), activation: 0, position: 0 };
        // In one call to the driver: each is two changes of thread.
        let committer = sqlx::query("BEGIN IMMEDIATE; SELECT id, activation, position FROM committer WHERE fence = ?")
            .bind(self.fence)
            .fetch_optional(&mut *write)
            .await
            .map_err(unavailable)?
            .ok_or(StoreError::Fenced)?;
        let fields = Fields { table: "committer", key: "id", row: &committer };
        write.activation = fields.count("activation")?;
        write.position = fields.count("position")?;
        Ok(write)
    }

    /// Keeps everyone else from writing, without beginning anything.
    pub(crate) async fn hold(&self) -> OwnedMutexGuard<Seat> {
        Arc::clone(&self.seat).lock_owned().await
    }

    /// How many transactions were committed.
    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    pub(crate) async fn close(&self) {
        let connection = self.hold().await.connection.take();
        if let Some(connection) = connection
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the writing connection did not close cleanly");
        }
    }

    async fn sit(&self) -> Result<OwnedMutexGuard<Seat>> {
        let _place = self.places.try_acquire().map_err(|_| Unavailable::Queue)?;
        let seat = self.hold().await;
        if seat.connection.is_some() { Ok(seat) } else { Err(Unavailable::Closed.into()) }
    }
}

impl Seat {
    /// Ends what a cancelled caller left behind where there was no runtime to end it at once.
    async fn end_abandoned(&mut self) -> Result<()> {
        if self.in_transaction {
            self.rollback().await.map_err(unavailable)?;
        }
        Ok(())
    }

    async fn rollback(&mut self) -> Result<(), sqlx::Error> {
        let connection = self.connection.as_mut().expect("a seat in use has its connection");
        // SQLite may have rolled back by itself, in which case there is nothing to undo and it says so.
        if let Err(error) = sqlx::query("ROLLBACK").execute(connection).await
            && primary_code(&error) != Some(SQLITE_ERROR)
        {
            return Err(error);
        }
        self.in_transaction = false;
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), sqlx::Error> {
        let connection = self.connection.as_mut().expect("a seat in use has its connection");
        let committed = sqlx::query("COMMIT").execute(connection).await;
        match &committed {
            Ok(_) => self.in_transaction = false,
            Err(error) if !leaves_doubt(primary_code(error)) => {}
            Err(error) => {
                tracing::error!(%error, "a commit failed; nothing more is written until the store is opened again");
                self.poisoned = true;
            }
        }
        committed.map(drop)
    }
}

const SQLITE_ERROR: u8 = 1;
const SQLITE_BUSY: u8 = 5;
const SQLITE_FULL: u8 = 13;
const SQLITE_CONSTRAINT: u8 = 19;

/// Whether a commit that failed like this may have left the file other than SQLite takes it to be. After a failed sync the
/// kernel may have dropped what was to be written and report success the next time: whatever is written from then on
/// could stand on something that is not on the disk.
fn leaves_doubt(code: Option<u8>) -> bool {
    !matches!(code, Some(SQLITE_BUSY | SQLITE_FULL | SQLITE_CONSTRAINT))
}

/// SQLite's primary result code, without the detail of extended ones.
fn primary_code(error: &sqlx::Error) -> Option<u8> {
    let extended: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended.to_le_bytes()[0])
}

impl Write {
    /// Makes it durable. Once begun it goes on though the caller may give up waiting, since its result decides whether
    /// anything may be written after it.
    pub(crate) async fn commit(mut self) -> Result<()> {
        let mut seat = self.seat.take().expect("only the end of a write takes its seat");
        let commits = Arc::clone(&self.commits);
        let committing = tokio::spawn(async move {
            let committed = seat.commit().await;
            if committed.is_ok() {
                commits.fetch_add(1, Ordering::Relaxed);
            } else if let Err(error) = seat.rollback().await {
                tracing::warn!(%error, "a failed commit could not be rolled back yet");
            }
            committed
        });
        committing.await.map_err(Unavailable::Task)?.map_err(unavailable)
    }
}

impl Deref for Write {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        let seat = self.seat.as_ref().expect("only the end of a write takes its seat");
        seat.connection.as_ref().expect("a seat in use has its connection")
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        let seat = self.seat.as_mut().expect("only the end of a write takes its seat");
        seat.connection.as_mut().expect("a seat in use has its connection")
    }
}

impl Drop for Write {
    fn drop(&mut self) {
        if let (Some(mut seat), Ok(runtime)) = (self.seat.take(), Handle::try_current()) {
            runtime.spawn(async move {
                if let Err(error) = seat.rollback().await {
                    tracing::warn!(%error, "a write could not be rolled back yet");
                }
            });
        }
    }
}

#[cfg(test)]
mod tests;
