//! What may wait is written along with the next draws: it costs them neither a turn nor a sync.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tombola_store::{Result, StoreError};

use crate::db::{self, Connection};
use crate::error::unavailable;
use crate::writer::Writer;

/// How long something waits for draws before it is written by itself.
const PATIENCE: Duration = Duration::from_millis(20);
/// What may wait; each caller waits for what it asked for.
const WAITING_MAX: usize = 64;

/// Statements that wait for a transaction to go with.
#[derive(Default)]
pub(crate) struct Aside(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    pieces: VecDeque<Piece>,
    /// Of the latest.
    number: u64,
}

/// One statement, or several, over rows in JSON, its only parameter.
pub(crate) struct Piece {
    number: u64,
    sql: &'static str,
    rows: String,
    done: oneshot::Sender<()>,
}

impl Piece {
    /// Runs it in a transaction, after which comes [`done`](Self::done). Where it meets damage, the draws that it is written along with are
    /// not what is damaged.
    pub(crate) async fn run(&self, connection: &mut Connection) -> Result<()> {
        match db::query(self.sql).bind(&self.rows).execute(connection).await.map_err(unavailable) {
            Err(error) if error.is_damage() => Err(StoreError::Unavailable(Box::new(error))),
            done => done.map(drop),
        }
    }

    /// The transaction is durable. One that failed drops the piece instead.
    pub(crate) fn done(self) {
        let _ = self.done.send(());
    }
}

impl Aside {
    /// Runs it along with whatever is committed next, and answers when it is durable.
    pub(crate) async fn write(&self, writer: &Writer, sql: &'static str, rows: String) -> Result<()> {
        let (number, mut done) = self.queue(sql, rows)?;
        if let Ok(ended) = tokio::time::timeout(PATIENCE, &mut done).await {
            return ended.map_err(|_| failed());
        }
        match self.take_back(number) {
            // It is on its way.
            None => done.await.map_err(|_| failed()),
            Some(piece) => {
                let mut write = writer.begin().await?;
                piece.run(&mut write).await?;
                write.commit().await
            }
        }
    }

    /// The next one, for who has begun a transaction and will commit it.
    pub(crate) fn next(&self) -> Option<Piece> {
        self.lock().pieces.pop_front()
    }

    fn queue(&self, sql: &'static str, rows: String) -> Result<(u64, oneshot::Receiver<()>)> {
        let mut waiting = self.lock();
        if waiting.pieces.len() >= WAITING_MAX {
            return Err(StoreError::Unavailable("too much waits to be written along with draws".into()));
        }
        waiting.number += 1;
        let (done, ended) = oneshot::channel();
        let number = waiting.number;
        waiting.pieces.push_back(Piece { number, sql, rows, done });
        Ok((number, ended))
    }

    fn take_back(&self, number: u64) -> Option<Piece> {
        let mut waiting = self.lock();
        let place = waiting.pieces.iter().position(|piece| piece.number == number)?;
        waiting.pieces.remove(place)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed() -> StoreError {
    StoreError::Unavailable("the draws that it was written along with were not committed".into())
}
