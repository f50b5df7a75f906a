//! Snapshots share statements as draws share commits: while one runs, those that come become the next.
//!
//! A commit empties what every reading connection remembers of the database, so that the pages on the way to a player are read
//! anew. Together they are read once, and the two changes of thread that a call to the driver takes are shared as well.

use std::io::ErrorKind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tombola_domain::causes::Causes;
use tombola_store::Result;
use tombola_store::draws::{Snapshot, SnapshotQuery};
use tombola_store::halves::Halves;

use super::snapshot;
use crate::db::{Connection, Damage, Row};
use crate::driver::Driver;
use crate::error::Unavailable;

/// Snapshots of one statement: more would keep the first of them waiting for the last.
const BATCH_MAX: usize = 64;
/// Snapshots that wait: more than there can be draws under way.
const WAITING_MAX: usize = 4_096;

/// The way to the next statement.
pub(crate) struct Snapshots {
    /// `None` once closed.
    queue: Mutex<Option<mpsc::Sender<Waiting>>>,
    readers: tokio::sync::Mutex<JoinSet<()>>,
}

struct Waiting {
    wanted: String,
    answer: Answer,
}

/// The rows that were asked for, or why the statement failed, which all of its callers are told.
type Answer = oneshot::Sender<Result<Vec<Row>, Arc<sqlx::Error>>>;

impl Snapshots {
    /// Starts a task for each connection. A statement may take as long as whoever waits for it.
    pub(crate) fn start(connections: Vec<Connection>, driver: &Arc<dyn Driver>, deadline: Duration) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING_MAX);
        let waiting = Arc::new(tokio::sync::Mutex::new(waiting));
        let mut readers = JoinSet::new();
        for connection in connections {
            readers.spawn(run(connection, Arc::clone(&waiting), Arc::clone(driver), deadline));
        }
        Self { queue: Mutex::new(Some(queue)), readers: tokio::sync::Mutex::new(readers) }
    }

    /// The snapshot of a moment after this call.
    pub(crate) async fn read(&self, query: &SnapshotQuery) -> Result<Snapshot> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let queue = queue.ok_or(Unavailable::Closed)?;
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { wanted: snapshot::wanted(query), answer };
        queue.send(waiting).await.map_err(|_| Unavailable::Closed)?;
        let rows = answered.await.map_err(|_| Unavailable::Closed)?.map_err(Unavailable::Shared)?;
        snapshot::snapshot(&rows)
    }

    /// Answers those who wait, lets nobody in any more, and closes the connections.
    pub(crate) async fn close(&self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        let mut readers = self.readers.lock().await;
        while let Some(ended) = readers.join_next().await {
            if let Err(error) = ended {
                tracing::warn!(%error, "a task that reads snapshots did not end cleanly");
            }
        }
    }
}

async fn run(
    mut connection: Connection,
    waiting: Arc<tokio::sync::Mutex<mpsc::Receiver<Waiting>>>,
    driver: Arc<dyn Driver>,
    deadline: Duration,
) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while waiting.lock().await.recv_many(&mut batch, BATCH_MAX).await > 0 {
        if connection.is_lost() {
            match driver.reconnect().await {
                Ok(another) => connection = another,
                Err(error) => tracing::debug!(error = %Causes(&error), "no connection yet"),
            }
        }
        answer(&mut connection, &mut batch, deadline).await;
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "a connection that reads snapshots did not close cleanly");
    }
}

/// Whoever went away meanwhile no longer listens, which is no error.
async fn answer(connection: &mut Connection, batch: &mut Vec<Waiting>, deadline: Duration) {
    let (wanted, answers): (Vec<_>, Vec<_>) = batch.drain(..).map(|waiting| (waiting.wanted, waiting.answer)).unzip();
    let (mut parts, mut answers) = (Halves::of(wanted.len()), answers.into_iter());
    while let Some(part) = parts.pop() {
        let read = snapshot::read(connection, format!("[{}]", wanted[part.clone()].join(",")));
        // A server that vanished says nothing, not even that.
        let found = timeout(deadline, read).await.unwrap_or_else(|_| Err(sqlx::Error::Io(ErrorKind::TimedOut.into())));
        match found.and_then(|rows| parted(rows, part.len())) {
            Ok(found) => {
                for (answer, rows) in answers.by_ref().take(part.len()).zip(found) {
                    let _ = answer.send(Ok(rows));
                }
            }
            Err(error) if Damage::of(&error).is_some() && parts.halve(&part) => {}
            Err(error) => {
                let error = Arc::new(error);
                for answer in answers.by_ref().take(part.len()) {
                    let _ = answer.send(Err(Arc::clone(&error)));
                }
            }
        }
    }
}

/// The rows of each snapshot, by its number in the statement.
fn parted(rows: Vec<Row>, count: usize) -> Result<Vec<Vec<Row>>, sqlx::Error> {
    let mut parts: Vec<_> = std::iter::repeat_with(Vec::new).take(count).collect();
    for row in rows {
        let number = usize::try_from(row.try_get::<i64, _>("number")?).ok();
        if let Some(part) = number.and_then(|number| parts.get_mut(number)) {
            part.push(row);
        }
    }
    Ok(parts)
}
