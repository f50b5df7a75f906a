//! The one connection that writes.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore, watch};
use tombola_domain::causes::Causes;
use tombola_store::{Result, StoreError};

use crate::db::{Connection, Failure};
use crate::driver::{Ended, Outcome, Staged, Transactions};
use crate::error::{Unavailable, unavailable};

/// Writes that may wait for their turn. Draws come in batches, so that more than this many means a database that stands
/// still, and failing at once is kinder than failing after the deadline.
pub const WAITING_MAX: usize = 1024;

/// Whoever writes: one at a time, the others waiting for their turn.
pub struct Writer {
    transactions: Arc<dyn Transactions>,
    seat: Arc<Mutex<Seat>>,
    places: Semaphore,
    fence: i64,
    commits: Arc<AtomicU64>,
    condition: watch::Sender<Condition>,
}

/// What the latest writes told. The last two are for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// They went well.
    Writable,
    /// There was no room for the latest write.
    Full,
    /// It is in doubt what is on the disk.
    Broken,
    /// Nothing may be written under this fence any more.
    Fenced,
}

impl Condition {
    /// Whether nothing follows on it.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Broken | Self::Fenced)
    }
}

/// The connection and what is known of its state. Transactions are opened and ended by statements rather than by the
/// driver, whose own count goes wrong when SQLite rolls back by itself, as it does on a full disk.
pub struct Seat {
    transactions: Arc<dyn Transactions>,
    fence: i64,
    connection: Option<Connection>,
    in_transaction: bool,
    condition: watch::Sender<Condition>,
}

/// A write transaction. Dropping it undoes it.
pub struct Write {
    seat: Option<OwnedMutexGuard<Seat>>,
    commits: Arc<AtomicU64>,
    /// The activation that holds, and goes on holding until this ends.
    pub activation: u64,
    /// Of the latest draw in the feed.
    pub position: u64,
    number: i64,
}

impl Writer {
    /// Of a connection under the fence that it took.
    pub fn new(transactions: Arc<dyn Transactions>, connection: Connection, fence: i64) -> Self {
        let (condition, _) = watch::channel(Condition::Writable);
        let seat = Seat {
            transactions: Arc::clone(&transactions),
            fence,
            connection: Some(connection),
            in_transaction: false,
            condition: condition.clone(),
        };
        let seat = Arc::new(Mutex::new(seat));
        Self { transactions, seat, places: Semaphore::new(WAITING_MAX), fence, commits: Arc::default(), condition }
    }

    /// Waits for its turn and begins, keeping everyone else from writing from the first statement on.
    pub async fn begin(&self) -> Result<Write> {
        let mut seat = self.sit().await?;
        seat.in_transaction = true;
        let mut write =
            Write { seat: Some(seat), commits: Arc::clone(&self.commits), activation: 0, position: 0, number: 0 };
        let begun = self.transactions.begin(&mut write, self.fence).await.map_err(unavailable)?;
        let committer = begun.ok_or_else(|| self.fenced())?;
        (write.activation, write.position) = (committer.activation, committer.position);
        write.number = committer.write;
        Ok(write)
    }

    /// Keeps everyone else from writing, without beginning anything.
    pub async fn hold(&self) -> OwnedMutexGuard<Seat> {
        Arc::clone(&self.seat).lock_owned().await
    }

    /// How many transactions were committed.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// What this process writes under.
    pub(crate) fn fence(&self) -> i64 {
        self.fence
    }

    /// What is known of the database.
    pub fn condition(&self) -> Condition {
        *self.condition.borrow()
    }

    /// Each change of the condition from now on.
    pub fn watch(&self) -> watch::Receiver<Condition> {
        self.condition.subscribe()
    }

    /// Notes that nothing may be written under this fence any more.
    pub fn fenced(&self) -> StoreError {
        note(&self.condition, Condition::Fenced);
        StoreError::Fenced
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
        let mut seat = self.hold().await;
        if seat.in_transaction {
            // What a cancelled caller left behind where there was no runtime to end it at once.
            seat.undo().await.map_err(unavailable)?;
        }
        match seat.connection {
            Some(_) => Ok(seat),
            None if self.condition() == Condition::Broken => Err(StoreError::Broken),
            None => Err(Unavailable::Closed.into()),
        }
    }
}

/// Nothing follows on a final condition.
fn note(condition: &watch::Sender<Condition>, next: Condition) {
    condition.send_if_modified(|now| {
        let is_news = *now != next && !now.is_final();
        if is_news {
            *now = next;
        }
        is_news
    });
}

impl Seat {
    /// Undoes what was given up half-way, unless a statement in it failed so that nothing more may be written.
    async fn undo(&mut self) -> Result<(), sqlx::Error> {
        let Some(connection) = self.connection.as_mut() else { return Ok(()) };
        match self.transactions.latest_failure(connection).await? {
            Some(Failure::Disk) => self.break_off("a write failed"),
            Some(Failure::Full) => note(&self.condition, Condition::Full),
            _ => {}
        }
        self.rollback().await
    }

    /// What was begun on a connection that is lost is undone, or will be before anybody else writes.
    async fn rollback(&mut self) -> Result<(), sqlx::Error> {
        // Nothing is undone in a file that is not to be touched any more.
        let Some(connection) = self.connection.as_mut() else { return Ok(()) };
        if let Err(error) = self.transactions.rollback(connection).await {
            let replaced = self.transactions.replace(&error).await;
            self.connection = Some(replaced.ok_or(error)??);
        }
        self.in_transaction = false;
        Ok(())
    }

    async fn commit(&mut self, number: i64) -> Result<()> {
        let connection = self.connection.as_mut().expect("a seat in use has its connection");
        let Ended { outcome, error } = self.transactions.commit(connection, self.fence, number).await;
        match outcome {
            Outcome::Committed => note(&self.condition, Condition::Writable),
            Outcome::Undone => {}
            Outcome::Full => note(&self.condition, Condition::Full),
            Outcome::Fenced => note(&self.condition, Condition::Fenced),
            Outcome::Unknown => self.break_off("a commit failed"),
        }
        if outcome == Outcome::Committed && error.is_none() {
            self.in_transaction = false;
        }
        match outcome {
            Outcome::Committed => Ok(()),
            Outcome::Fenced => Err(StoreError::Fenced),
            Outcome::Undone | Outcome::Full => Err(error.map_or(StoreError::Broken, unavailable)),
            // Not even damage says here that nothing was written.
            Outcome::Unknown => {
                Err(error
                    .map_or(StoreError::Broken, |error| StoreError::Unavailable(Box::new(Unavailable::from(error)))))
            }
        }
    }

    /// Ends all writing until the store is opened again. The connection is never closed: the last one to close would carry the log
    /// over and delete it, and this one keeps every other from being the last. What was begun on it keeps its lock, so that nobody
    /// else writes either before this process has ended.
    pub fn break_off(&mut self, what: &'static str) {
        tracing::error!(
            what,
            "it is in doubt what is on the disk; nothing more is written until the store is opened again"
        );
        note(&self.condition, Condition::Broken);
        self.in_transaction = false;
        std::mem::forget(self.connection.take());
    }
}

impl Write {
    /// Notes that what is staged is this host's.
    pub(crate) async fn note_staged(&mut self, staged: Staged) -> Result<()> {
        let seat = self.seat.as_mut().expect("only the end of a write takes its seat");
        let Seat { transactions, fence, connection, .. } = &mut **seat;
        let connection = connection.as_mut().expect("a seat in use has its connection");
        transactions.note_staged(connection, *fence, staged).await.map_err(unavailable)
    }

    /// Makes it durable. Once begun it goes on though the caller may give up waiting, since its result decides whether
    /// anything may be written after it.
    pub async fn commit(mut self) -> Result<()> {
        let mut seat = self.seat.take().expect("only the end of a write takes its seat");
        let (commits, number) = (Arc::clone(&self.commits), self.number);
        let committing = tokio::spawn(async move {
            let committed = seat.commit(number).await;
            if committed.is_ok() {
                commits.fetch_add(1, Ordering::Relaxed);
            }
            if seat.in_transaction
                && let Err(error) = seat.rollback().await
            {
                tracing::warn!(error = %Causes(&error), "what a failed commit left behind could not be undone yet");
            }
            committed
        });
        committing.await.map_err(Unavailable::Task)?
    }
}

impl Deref for Write {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        let seat = self.seat.as_ref().expect("only the end of a write takes its seat");
        seat.connection.as_ref().expect("a seat in use has its connection")
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut Connection {
        let seat = self.seat.as_mut().expect("only the end of a write takes its seat");
        seat.connection.as_mut().expect("a seat in use has its connection")
    }
}

impl Drop for Write {
    fn drop(&mut self) {
        if let (Some(mut seat), Ok(runtime)) = (self.seat.take(), Handle::try_current()) {
            runtime.spawn(async move {
                if let Err(error) = seat.undo().await {
                    tracing::warn!(error = %Causes(&error), "a write could not be rolled back yet");
                }
            });
        }
    }
}
