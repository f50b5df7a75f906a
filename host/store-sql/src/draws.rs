mod batch;
mod budgets;
mod commit;
mod disclosure;
mod player;
mod points;
mod postings;
mod rows;
mod seals;
mod snapshot;
mod snapshots;

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::json;
use tombola_domain::id::{CampaignId, DrawId, PlayerId};
use tombola_domain::series::Series;
use tombola_store::audit::Verb;
use tombola_store::draws::{
    Draw, DrawCommit, Draws, Dropped, EraseError, PlayerState, Refusal, Snapshot, SnapshotQuery, StoredReceipt,
};
use tombola_store::{Done, Operation, Result};

pub(crate) use self::commit::{StockKey, pools, read_bucket, save_buckets, without_stock};
pub(crate) use self::disclosure::{DecodeError, WireDisclosure};
pub(crate) use self::rows::{draw, participation};
pub(crate) use self::seals::{FEED, Proofs};
pub(crate) use self::snapshot::{memberships, wins};
pub(crate) use self::snapshots::Snapshots;
use crate::db;
use crate::error::{alone, unavailable};
use crate::fields::integer;
use crate::operations::{self, Change, Deed};
use crate::store::SqlStore;

const RECORD_REFUSALS: &str = "
    INSERT INTO refusals (player, campaign, code, at)
    SELECT value ->> 0, value ->> 1, value ->> 2, CAST(value ->> 3 AS BIGINT) FROM json_each($1) WHERE true
    ON CONFLICT (player, campaign) DO UPDATE SET code = excluded.code, at = excluded.at
     WHERE excluded.at >= refusals.at";

/// Draws with their receipts, but for those that rightly have none any more. One that is missing otherwise is damage.
macro_rules! receipts {
    () => {
        "SELECT draws.*, bytes, content FROM draws
         LEFT JOIN receipts USING (position) LEFT JOIN disclosures USING (position)
         WHERE (bytes IS NOT NULL OR NOT EXISTS (SELECT 1 FROM dropped_receipts x
                                                 WHERE x.campaign = draws.campaign AND x.position >= position))"
    };
}

/// What stands behind receipts, of draws and of events: of the latter also those in which somebody else names the player as referrer.
const ERASE_DISCLOSURES: [&str; 2] = [
    "DELETE FROM disclosures WHERE position IN (SELECT position FROM draws WHERE player = $1)",
    "UPDATE rebates SET disclosure = NULL WHERE disclosure IS NOT NULL AND position IN (
         SELECT position FROM rebates WHERE player = $1
         UNION SELECT position FROM events JOIN rebates ON event = events.number WHERE referrer = $1)",
];

/// What events said of themselves, and what rules said of them. Their requests' digests stay, so that no event comes twice.
const ERASE_VALUES: &str = "
    UPDATE events SET attributes = '{}' WHERE player = $1 AND attributes <> '{}';

    UPDATE event_campaigns SET message = '' WHERE message <> '' AND event IN (SELECT number FROM events WHERE player = $1);

    DELETE FROM refusals WHERE player = $1";

#[async_trait]
impl Draws for SqlStore {
    async fn snapshot(&self, query: &SnapshotQuery) -> Result<Snapshot> {
        self.within(self.snapshots.read(query)).await
    }

    async fn commit_draws(&self, batch: &[DrawCommit]) -> Result<Vec<Result<Series<Draw>, Dropped>>> {
        self.within(async {
            commit::commit(self.writer.begin().await?, batch, self.signer.as_ref(), &self.aside).await
        })
        .await
    }

    async fn draw(&self, id: &DrawId) -> Result<Option<Draw>> {
        self.within(async {
            let row = db::query(
                "SELECT draws.*, code AS coupon_code FROM draws LEFT JOIN codes ON award = position WHERE id = $1",
            )
            .bind(id.as_str())
            .fetch_optional(&mut *self.readers.reader().await?)
            .await
            .map_err(unavailable)?;
            row.as_ref().map(rows::draw_with_code).transpose()
        })
        .await
    }

    async fn receipt(&self, id: &DrawId) -> Result<Option<StoredReceipt>> {
        self.within(async {
            let row = db::query(concat!(receipts!(), " AND id = $1"))
                .bind(id.as_str())
                .fetch_optional(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            let Some(row) = row else { return Ok(None) };
            rows::receipt(&row, &mut Proofs::new(&self.readers)).await.map(Some)
        })
        .await
    }

    async fn receipts(&self, after: u64, limit: u32) -> Result<Vec<(u64, Result<StoredReceipt>)>> {
        self.within(async {
            let rows = db::query(concat!(receipts!(), " AND position > $1 ORDER BY position LIMIT $2"))
                .bind(integer(after))
                .bind(limit)
                .fetch_all(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            let mut proofs = Proofs::new(&self.readers);
            let mut receipts = Vec::with_capacity(rows.len());
            for row in &rows {
                let receipt = alone(rows::receipt(row, &mut proofs).await)?;
                receipts.push((rows::position(row)?, receipt));
            }
            Ok(receipts)
        })
        .await
    }

    async fn erase_disclosures(&self, operation: &Operation, player: &PlayerId) -> Result<Done<u64>, EraseError> {
        // The player is named nowhere in what is recorded, which outlives what is erased.
        let deed = Deed { what: Verb::EraseDisclosures, subject: "player", campaign: None };
        let erase = async {
            let mut write = self.writer.begin().await?;
            if let Some(result) = operations::replay::<_, EraseError>(&mut write, operation, deed.is_same()).await? {
                return Ok(Done { result, replayed: true });
            }
            let mut erased = 0;
            for statement in ERASE_DISCLOSURES {
                let done = db::query(statement).bind(player.as_str()).execute(&mut write).await;
                erased += done.map_err(unavailable)?.rows_affected();
            }
            db::query(ERASE_VALUES).bind(player.as_str()).execute(&mut write).await.map_err(unavailable)?;
            operations::record(&mut write, operation, deed, Change::default(), &erased).await?;
            write.commit().await?;
            Ok(Done { result: erased, replayed: false })
        };
        let done = self.within::<_, EraseError>(erase).await?;
        // Also where it was done before: that host may have died in between. What is erased is erased, however long this takes.
        let _ = tokio::time::timeout(self.deadline, self.driver.purge()).await;
        Ok(done)
    }

    async fn record_refusals(&self, refusals: &[Refusal]) -> Result<()> {
        let rows = latest(refusals).map(|Refusal { campaign, player, code, at }| {
            json!([player.as_str(), campaign.as_str(), code, at.as_millis()])
        });
        let rows = json!(rows.collect::<Vec<_>>()).to_string();
        self.within(self.aside.write(&self.writer, RECORD_REFUSALS, rows)).await
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

/// Of each player in each campaign the latest, of those that are of one time the last.
fn latest(refusals: &[Refusal]) -> impl Iterator<Item = &Refusal> {
    let mut latest = BTreeMap::new();
    for refusal in refusals {
        let kept = latest.entry((&refusal.player, &refusal.campaign)).or_insert(refusal);
        if refusal.at >= kept.at {
            *kept = refusal;
        }
    }
    latest.into_values()
}
