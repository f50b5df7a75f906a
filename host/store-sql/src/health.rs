//! Whether the database goes on serving, and what is done while its disk is full.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use tokio::time::timeout;
use tombola_domain::causes::Causes;
use tombola_store::health::Health;
use tombola_store::{Result, StoreError};

use crate::db;
use crate::error::{Unavailable, unavailable};
use crate::store::SqlStore;
use crate::writer::{Condition, Writer};

/// How often a full disk is tried again. Whoever made room should not wait long, and one page is written each time.
const PERIOD: Duration = Duration::from_secs(1);
/// How long that may take. Whoever begins to write keeps all others of the host waiting.
const PATIENCE: Duration = Duration::from_secs(10);

#[async_trait]
impl Health for SqlStore {
    async fn check(&self) -> Result<()> {
        let is_current = self.within(async {
            let mut reader = self.readers.reader().await?;
            self.driver.is_current(&mut reader, self.writer.fence()).await.map_err(unavailable)
        });
        let is_current = is_current.await?;
        match self.writer.condition() {
            Condition::Broken => Err(StoreError::Broken),
            _ if !is_current => Err(self.writer.fenced()),
            Condition::Fenced => Err(StoreError::Fenced),
            Condition::Full => Err(StoreError::Full(Box::new(Unavailable::Room))),
            Condition::Writable => Ok(()),
        }
    }

    async fn lost(&self) {
        if self.writer.watch().wait_for(|condition| condition.is_final()).await.is_err() {
            // The writer is gone, and with it whoever could lose it.
            std::future::pending::<()>().await;
        }
    }
}

/// While the disk is full, writes a little now and then: those who draw are sent elsewhere meanwhile, and nobody else would
/// learn that there is room. Runs until told to stop, or until the sender is gone.
pub async fn look_for_room(writer: Arc<Writer>, mut stop: watch::Receiver<()>) {
    while timeout(PERIOD, stop.changed()).await.is_err() {
        if writer.condition() != Condition::Full {
            continue;
        }
        let written = timeout(PATIENCE, write_a_little(&writer)).await;
        match written.unwrap_or_else(|_| Err(Unavailable::Deadline.into())) {
            Ok(()) => tracing::info!("there is room on the disk again"),
            Err(error) => tracing::debug!(error = %Causes(&error), "the disk is still full"),
        }
    }
}

async fn write_a_little(writer: &Writer) -> Result<()> {
    let mut write = writer.begin().await?;
    db::query("UPDATE committer SET fence = fence").execute(&mut write).await.map_err(unavailable)?;
    write.commit().await
}
