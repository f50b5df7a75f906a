mod drop;
mod room;

use std::collections::BTreeMap;

use async_trait::async_trait;
use tombola_domain::id::{CampaignId, DrawId};
use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::retention::{Dropped, Expiry, Retention};

pub use self::room::next_partition;
use crate::db::{self, Connection, Row};
use crate::error::unavailable;
use crate::fields::Fields;
use crate::store::SqlStore;

#[async_trait]
impl Retention for SqlStore {
    async fn make_room(&self, now: Timestamp) -> Result<bool> {
        let Some(partitions) = self.driver.partitions() else { return Ok(false) };
        self.within(room::make(self, partitions, now)).await
    }

    async fn drop_receipts(&self, expiry: &Expiry) -> Result<Dropped> {
        self.within(async {
            match self.driver.partitions() {
                Some(partitions) => drop::by_partition(self, partitions, expiry).await,
                None => drop::by_row(self, expiry).await,
            }
        })
        .await
    }

    async fn dropped_receipts(&self) -> Result<BTreeMap<CampaignId, u64>> {
        self.within(async {
            let rows = db::query("SELECT * FROM dropped_receipts WHERE draws > 0")
                .fetch_all(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            let count = |row: &Row| {
                let fields = Fields { table: "dropped_receipts", key: "campaign", row };
                Ok((fields.parsed("campaign")?, fields.count("draws")?))
            };
            rows.iter().map(count).collect()
        })
        .await
    }

    async fn is_receipt_dropped(&self, draw: &DrawId) -> Result<bool> {
        self.within(async {
            let dropped = db::query(
                "SELECT d.id FROM draws d JOIN dropped_receipts x ON x.campaign = d.campaign AND d.position <= x.position
                 WHERE d.id = $1 AND NOT EXISTS (SELECT 1 FROM receipts r WHERE r.position = d.position)",
            )
            .bind(draw.as_str())
            .fetch_optional(&mut *self.readers.reader().await?)
            .await
            .map_err(unavailable)?;
            Ok(dropped.is_some())
        })
        .await
    }

    async fn oldest_receipt(&self) -> Result<Option<Timestamp>> {
        self.within(async {
            let oldest =
                db::query("SELECT id, drawn_at FROM draws WHERE position = (SELECT min(position) FROM receipts)")
                    .fetch_optional(&mut *self.readers.reader().await?)
                    .await
                    .map_err(unavailable)?;
            oldest.map(|row| Fields { table: "draws", key: "id", row: &row }.time("drawn_at")).transpose()
        })
        .await
    }
}

/// Of what was written last.
async fn position(reader: &mut Connection) -> Result<u64> {
    let row = db::query("SELECT id, position FROM committer").fetch_one(reader).await.map_err(unavailable)?;
    Fields { table: "committer", key: "id", row: &row }.count("position")
}
