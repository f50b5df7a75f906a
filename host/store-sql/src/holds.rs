mod change;
mod desk;
mod rows;

use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::hold::Hold;
use tombola_domain::id::{HoldId, IdempotencyKey, PlayerId};
use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::holds::{Changed, HoldChange, Holds, NotChanged};

use crate::db;
use crate::error::unavailable;
use crate::store::SqlStore;

#[async_trait]
impl Holds for SqlStore {
    async fn change_holds(&self, changes: Vec<HoldChange>) -> Result<Vec<Result<Changed, NotChanged>>> {
        self.within(async { change::change(self.writer.begin().await?, &changes).await }).await
    }

    async fn hold(&self, player: &PlayerId, id: &HoldId) -> Result<Option<Hold>> {
        self.within(async {
            let row = db::query("SELECT * FROM holds WHERE id = $1 AND player = $2")
                .bind(id.as_str())
                .bind(player.as_str())
                .fetch_optional(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            row.as_ref().map(rows::hold).transpose()
        })
        .await
    }

    async fn hold_of_key(&self, player: &PlayerId, key: &IdempotencyKey) -> Result<Option<(Hold, Digest)>> {
        self.within(async {
            let row = db::query("SELECT * FROM holds WHERE player = $1 AND key = $2")
                .bind(player.as_str())
                .bind(key.as_str())
                .fetch_optional(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            row.as_ref().map(|row| Ok((rows::hold(row)?, rows::fields(row).digest("request")?))).transpose()
        })
        .await
    }

    async fn expire_holds(&self, now: Timestamp, limit: u32) -> Result<u64> {
        self.within(async { change::expire(self.writer.begin().await?, now, limit).await }).await
    }
}
