use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use sqlx::SqliteConnection;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tombola_store_sql::db::{self, Connection};
use tombola_store_sql::writer::Writer;
use tombola_store_sql::{Driver, look_for_room};

use crate::checkpoint::{self, Purge};
use crate::origin;

/// What SQLite does in its own way.
#[derive(Default)]
pub(crate) struct Sqlite {
    /// None beside a host, whose the log is.
    host: Option<Host>,
}

/// What runs beside the connections of a host.
struct Host {
    stop: watch::Sender<()>,
    purge: Purge,
    checkpoints: Mutex<Option<JoinHandle<()>>>,
}

impl Sqlite {
    pub(crate) fn host(checkpointer: SqliteConnection, writer: &Arc<Writer>) -> Self {
        let (stop, stopped) = watch::channel(());
        let (purge, wishes) = checkpoint::purge();
        let checkpoints = tokio::spawn(checkpoint::run(checkpointer, Arc::clone(writer), stopped.clone(), wishes));
        tokio::spawn(look_for_room(Arc::clone(writer), stopped));
        Self { host: Some(Host { stop, purge, checkpoints: Mutex::new(Some(checkpoints)) }) }
    }
}

#[async_trait]
impl Driver for Sqlite {
    async fn is_copy(&self, reader: &mut Connection) -> Result<bool, sqlx::Error> {
        let application: i64 = db::query_scalar("PRAGMA application_id").fetch_one(reader).await?;
        Ok(application == origin::COPY)
    }

    async fn make_original(&self, write: &mut Connection) -> Result<(), sqlx::Error> {
        origin::mark(write.as_sqlite().expect("a store in a file writes to it"), origin::ORIGINAL).await
    }

    async fn is_current(&self, reader: &mut Connection, fence: i64) -> Result<bool, sqlx::Error> {
        db::query_scalar("SELECT fence = $1 FROM committer").bind(fence).fetch_one(reader).await
    }

    /// Empties the log.
    async fn purge(&self) {
        if let Some(host) = &self.host {
            host.purge.ask().await;
        }
    }

    async fn reconnect(&self) -> Result<Connection, sqlx::Error> {
        unreachable!("a connection to a file is never lost")
    }

    /// Carries the log over into the file.
    async fn close(&self) {
        let Some(host) = &self.host else { return };
        let _ = host.stop.send(());
        let checkpoints = host.checkpoints.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(checkpoints) = checkpoints
            && let Err(error) = checkpoints.await
        {
            tracing::warn!(%error, "the task that makes checkpoints did not end cleanly");
        }
    }
}
