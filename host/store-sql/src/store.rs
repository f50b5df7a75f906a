use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tombola_domain::signature::Signer;
use tombola_store::StoreError;
use tombola_store::hosts::Hosts;

use crate::aside::Aside;
use crate::db::Connection;
use crate::draws::Snapshots;
use crate::driver::Driver;
use crate::error::Unavailable;
use crate::readers::Readers;
use crate::writer::Writer;

/// The store in an SQL database. It must be used within a Tokio runtime.
pub struct SqlStore {
    pub(crate) writer: Arc<Writer>,
    pub(crate) readers: Readers,
    pub(crate) snapshots: Snapshots,
    pub(crate) driver: Arc<dyn Driver>,
    pub(crate) hosts: Option<Arc<dyn Hosts + Send + Sync>>,
    pub(crate) deadline: Duration,
    pub(crate) list_deadline: Duration,
    pub(crate) signer: Option<Signer>,
    pub(crate) aside: Aside,
    /// Held while a list is edited.
    pub(crate) editing: Mutex<()>,
}

/// What a store is made of.
pub struct Parts {
    /// The one that writes.
    pub writer: Arc<Writer>,
    /// Connections that read, at least 1.
    pub readers: Vec<Connection>,
    /// Connections that read snapshots, at least 1: while the answers of one statement are handed out, the next one runs.
    pub snapshots: Vec<Connection>,
    /// What the database does in its own way.
    pub driver: Arc<dyn Driver>,
    /// The hosts that serve the database, of which this is one; `None` where there is one host alone.
    pub hosts: Option<Arc<dyn Hosts + Send + Sync>>,
    /// How long a call may take, waiting included. Beyond it the call fails; a commit under way goes on.
    pub deadline: Duration,
    /// The same for changes of lists, which may be as long as an operator likes.
    pub list_deadline: Duration,
    /// Who seals the batches that are committed; `None` leaves them unsealed.
    pub signer: Option<Signer>,
}

impl SqlStore {
    /// A store of connections to a database that is up to this program's version.
    pub fn new(parts: Parts) -> Self {
        let Parts { writer, readers, snapshots, driver, hosts, deadline, list_deadline, signer } = parts;
        Self {
            writer,
            readers: Readers::new(readers, Arc::clone(&driver)),
            snapshots: Snapshots::start(snapshots, &driver, deadline),
            driver,
            hosts,
            deadline,
            list_deadline,
            signer,
            aside: Aside::default(),
            editing: Mutex::new(()),
        }
    }

    /// The connection that writes, for whoever looks after the database.
    pub fn writer(&self) -> &Arc<Writer> {
        &self.writer
    }

    /// Waits for what is under way and closes the database. Later calls fail.
    pub async fn close(&self) {
        self.snapshots.close().await;
        self.readers.close().await;
        self.writer.close().await;
        self.driver.close().await;
    }

    /// Bounds a call in time. A write that is given up is undone unless its commit has begun.
    pub(crate) async fn within<T, E: From<StoreError>>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        within(self.deadline, work).await
    }
}

pub(crate) async fn within<T, E: From<StoreError>>(
    deadline: Duration,
    work: impl Future<Output = Result<T, E>> + Send,
) -> Result<T, E> {
    match tokio::time::timeout(deadline, work).await {
        Ok(result) => result,
        Err(_) => Err(StoreError::from(Unavailable::Deadline).into()),
    }
}
