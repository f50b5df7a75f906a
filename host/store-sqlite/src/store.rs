use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tombola_domain::signature::Signer;
use tombola_store::StoreError;
use tombola_store::epochs::NewEpoch;

use crate::aside::Aside;
use crate::checkpoint::{self, Purge};
use crate::draws::Snapshots;
use crate::error::Unavailable;
use crate::health;
use crate::open::{self, Beside, OpenError, Opened};
use crate::readers::Readers;
use crate::settings::Settings;
use crate::writer::Writer;

/// The store in one SQLite file. It must be used within a Tokio runtime.
pub struct SqliteStore {
    pub(crate) writer: Arc<Writer>,
    pub(crate) readers: Readers,
    pub(crate) snapshots: Snapshots,
    pub(crate) list_deadline: Duration,
    pub(crate) signer: Option<Signer>,
    pub(crate) aside: Aside,
    /// Held while a list is edited.
    pub(crate) editing: Mutex<()>,
    deadline: Duration,
    stop: watch::Sender<()>,
    /// None beside a host, whose the log is.
    purge: Option<Purge>,
    checkpoints: std::sync::Mutex<Option<JoinHandle<()>>>,
}

impl SqliteStore {
    /// Opens the database, or makes it; brings it up to this program's version; and takes it over from whichever process
    /// had it. When this returns, all that earlier processes wrote and can be read is on the disk.
    pub async fn open(settings: Settings) -> Result<Self, OpenError> {
        let Opened { writer, readers, snapshots, checkpointer, fence } = open::open(&settings).await?;
        let writer = Arc::new(Writer::new(writer, fence));
        let (stop, stopped) = watch::channel(());
        let (purge, wishes) = checkpoint::purge();
        let checkpoints = tokio::spawn(checkpoint::run(checkpointer, Arc::clone(&writer), stopped.clone(), wishes));
        tokio::spawn(health::look_for_room(Arc::clone(&writer), stopped));
        Ok(Self {
            writer,
            readers: Readers::new(readers),
            snapshots: Snapshots::start(snapshots),
            list_deadline: settings.list_deadline,
            signer: settings.signer,
            aside: Aside::default(),
            editing: Mutex::new(()),
            deadline: settings.deadline,
            stop,
            purge: Some(purge),
            checkpoints: std::sync::Mutex::new(Some(checkpoints)),
        })
    }

    /// The announced and the current epoch of a database as it lies there, whatever its version; none where there is none
    /// yet. Whether a host's key opens them can so be known before anything is written.
    pub async fn latest_epochs(settings: &Settings) -> Result<Vec<NewEpoch>, OpenError> {
        open::latest_epochs(&settings.path).await
    }

    /// Opens a database that is there and leaves it to the host that has it: for short work beside a running host, such as
    /// making a token. When another host takes over meanwhile, writes fail as the first host's do.
    pub async fn open_beside(settings: Settings) -> Result<Self, OpenError> {
        let Beside { writer, readers, snapshots, fence } = open::open_beside(&settings).await?;
        Ok(Self {
            writer: Arc::new(Writer::new(writer, fence)),
            readers: Readers::new(readers),
            snapshots: Snapshots::start(snapshots),
            list_deadline: settings.list_deadline,
            signer: settings.signer,
            aside: Aside::default(),
            editing: Mutex::new(()),
            deadline: settings.deadline,
            stop: watch::channel(()).0,
            purge: None,
            checkpoints: std::sync::Mutex::new(None),
        })
    }

    /// Waits for what is under way, carries the log over into the file and closes it. Later calls fail.
    pub async fn close(&self) {
        self.snapshots.close().await;
        self.readers.close().await;
        self.writer.close().await;
        let _ = self.stop.send(());
        let checkpoints = self.checkpoints.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(checkpoints) = checkpoints
            && let Err(error) = checkpoints.await
        {
            tracing::warn!(%error, "the task that makes checkpoints did not end cleanly");
        }
    }

    /// Sees to it that nothing that was erased stays in the log, as far as that can be done at once.
    pub(crate) async fn purge_log(&self) {
        if let Some(purge) = &self.purge {
            // What is erased is erased, however long this takes.
            let _ = tokio::time::timeout(self.deadline, purge.ask()).await;
        }
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
