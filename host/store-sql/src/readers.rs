//! Connections that read, and the turn to use one.
//!
//! The driver's own pool asks a connection for a sign of life before and after each use; that costs two changes of thread,
//! more than a snapshot takes.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};
use tombola_store::Result;

use crate::db::Connection;
use crate::driver::Driver;
use crate::error::Unavailable;

pub(crate) struct Readers {
    turns: Semaphore,
    count: usize,
    idle: Mutex<Vec<Connection>>,
    driver: Arc<dyn Driver>,
}

/// One connection, for as long as this is held. It runs single statements only: one that is given up half-way leaves
/// nothing open.
pub(crate) struct Reader<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
    _turn: SemaphorePermit<'a>,
}

impl Readers {
    pub(crate) fn new(connections: Vec<Connection>, driver: Arc<dyn Driver>) -> Self {
        let count = connections.len();
        Self { turns: Semaphore::new(count), count, idle: Mutex::new(connections), driver }
    }

    pub(crate) async fn reader(&self) -> Result<Reader<'_>> {
        let turn = self.turns.acquire().await.map_err(|_| Unavailable::Closed)?;
        let connection = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut reader = Reader { readers: self, connection, _turn: turn };
        if reader.is_lost() {
            *reader = self.driver.reconnect().await.map_err(Unavailable::from)?;
        }
        Ok(reader)
    }

    /// Waits for those who read, lets nobody in any more, and closes the connections.
    pub(crate) async fn close(&self) {
        let all = u32::try_from(self.count).expect("a handful of readers");
        let turns = self.turns.acquire_many(all).await;
        self.turns.close();
        drop(turns);
        let connections = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for connection in connections {
            if let Err(error) = connection.close().await {
                tracing::warn!(%error, "a reading connection did not close cleanly");
            }
        }
    }
}

impl Deref for Reader<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("there is an idle connection for each turn")
    }
}

impl DerefMut for Reader<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("there is an idle connection for each turn")
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let mut idle = self.readers.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.extend(self.connection.take());
    }
}
