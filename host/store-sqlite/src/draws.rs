mod batch;
mod commit;
mod disclosure;
mod player;
mod rows;
mod snapshot;

use async_trait::async_trait;
use serde_json::json;
use tombola_domain::id::{CampaignId, DrawId, PlayerId};
use tombola_store::Result;
use tombola_store::draws::{
    Draw, DrawCommit, Draws, Dropped, PlayerState, Refusal, Snapshot, SnapshotQuery, StoredReceipt,
};

use crate::error::unavailable;
use crate::fields::Fields;
use crate::store::SqliteStore;

#[async_trait]
impl Draws for SqliteStore {
    async fn snapshot(&self, query: &SnapshotQuery) -> Result<Snapshot> {
        self.within(async { snapshot::read(&mut *self.readers.reader().await?, query).await }).await
    }

    async fn commit_draws(&self, batch: Vec<DrawCommit>) -> Result<Vec<Result<Draw, Dropped>>> {
        self.within(async { commit::commit(self.writer.begin().await?, batch).await }).await
    }

    async fn draw(&self, id: &DrawId) -> Result<Option<Draw>> {
        self.within(async {
            let row = sqlx::query("SELECT * FROM draws WHERE id = ?")
                .bind(id.as_str())
                .fetch_optional(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            row.as_ref().map(rows::draw).transpose()
        })
        .await
    }

    async fn receipt(&self, id: &DrawId) -> Result<Option<StoredReceipt>> {
        self.within(async {
            let row = sqlx::query(
                "SELECT draws.*, bytes, content FROM draws
                 JOIN receipts USING (position) LEFT JOIN disclosures USING (position) WHERE id = ?",
            )
            .bind(id.as_str())
            .fetch_optional(&mut *self.readers.reader().await?)
            .await
            .map_err(unavailable)?;
            let Some(row) = row else { return Ok(None) };
            let bytes = Fields { table: "receipts", key: "id", row: &row }.get("bytes")?;
            Ok(Some(StoredReceipt { draw: rows::draw(&row)?, bytes, disclosure: rows::disclosure(&row)? }))
        })
        .await
    }

    async fn record_refusals(&self, refusals: &[Refusal]) -> Result<()> {
        let rows = refusals.iter().map(|Refusal { campaign, player, code, at }| {
            json!([player.as_str(), campaign.as_str(), code, at.as_millis()])
        });
        let rows = json!(rows.collect::<Vec<_>>()).to_string();
        self.within(async {
            let mut write = self.writer.begin().await?;
            sqlx::query(
                "INSERT INTO refusals (player, campaign, code, at)
                 SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?) WHERE true
                 ON CONFLICT (player, campaign) DO UPDATE SET code = excluded.code, at = excluded.at",
            )
            .bind(rows)
            .execute(&mut *write)
            .await
            .map_err(unavailable)?;
            write.commit().await
        })
        .await
    }

    async fn player(
        &self,
        campaign: &CampaignId,
        player: &PlayerId,
        before: Option<u64>,
        draws_max: u32,
    ) -> Result<PlayerState> {
        let page = player::Page { campaign, player, before, draws_max };
        self.within(async { player::read(&mut *self.readers.reader().await?, &page).await }).await
    }
}
