mod commit;
mod disclosure;
mod prizes;
mod referrals;
mod reverse;
mod rows;
mod save;
mod snapshot;
mod taken;

use std::sync::atomic::AtomicU64;

use async_trait::async_trait;
use tombola_domain::id::{CampaignId, EventId, PlayerId, RebateId};
use tombola_domain::task::Queue;
use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::draws::Dropped;
use tombola_store::events::{
    Answer, EventCommit, EventQuery, EventSnapshot, Events, KnownEvent, RebateReceipt, Reversal, ReverseError, Waiting,
};
use tombola_store::outbox::HandedOver;

pub(crate) use self::rows::rebate;
use crate::db;
use crate::draws::Proofs;
use crate::error::{alone, unavailable};
use crate::fields::integer;
use crate::outbox;
use crate::store::SqlStore;

#[async_trait]
impl Events for SqlStore {
    async fn event_snapshot(&self, query: &EventQuery) -> Result<EventSnapshot> {
        self.within(async { snapshot::read(&mut *self.readers.reader().await?, query).await }).await
    }

    async fn commit_events(&self, batch: &[EventCommit]) -> Result<Vec<Result<Vec<Answer>, Dropped>>> {
        self.within(async {
            commit::commit(self.writer.begin().await?, batch, self.signer.as_ref(), &self.aside).await
        })
        .await
    }

    async fn reverse_event(&self, reversal: &Reversal) -> Result<KnownEvent, ReverseError> {
        self.within(async { reverse::reverse(self.writer.begin().await?, reversal).await }).await
    }

    async fn event(&self, player: &PlayerId, id: &EventId) -> Result<Option<KnownEvent>> {
        self.within(async { snapshot::known(&mut *self.readers.reader().await?, player, id).await }).await
    }

    async fn waiting_events(&self, campaigns: &[CampaignId], now: Timestamp, limit: u32) -> Result<Vec<Waiting>> {
        self.within(async { snapshot::waiting(&mut *self.readers.reader().await?, campaigns, now, limit).await }).await
    }

    async fn put_off_event(&self, number: u64, due: Timestamp) -> Result<()> {
        self.within(async {
            let mut write = self.writer.begin().await?;
            db::query(
                "UPDATE event_campaigns SET due = $1, attempts = attempts + 1 WHERE due IS NOT NULL AND event = $2",
            )
            .bind(due.as_millis())
            .bind(integer(number))
            .execute(&mut write)
            .await
            .map_err(unavailable)?;
            write.commit().await
        })
        .await
    }

    async fn rebate_receipt(&self, id: &RebateId) -> Result<Option<RebateReceipt>> {
        self.within(async {
            let row = db::query(
                "SELECT rebates.*, events.id AS event_id FROM rebates JOIN events ON events.number = event WHERE rebates.id = $1",
            )
            .bind(id.as_str())
            .fetch_optional(&mut *self.readers.reader().await?)
            .await
            .map_err(unavailable)?;
            let Some(row) = row else { return Ok(None) };
            rows::stored_receipt(&row, &mut Proofs::new(&self.readers)).await.map(Some)
        })
        .await
    }

    async fn rebate_receipts(&self, after: u64, limit: u32) -> Result<Vec<(u64, Result<RebateReceipt>)>> {
        self.within(async {
            let rows = db::query(
                "SELECT rebates.*, events.id AS event_id FROM rebates JOIN events ON events.number = event
                 WHERE position > $1 ORDER BY position LIMIT $2",
            )
            .bind(integer(after))
            .bind(limit)
            .fetch_all(&mut *self.readers.reader().await?)
            .await
            .map_err(unavailable)?;
            let mut proofs = Proofs::new(&self.readers);
            let mut receipts = Vec::with_capacity(rows.len());
            for row in &rows {
                let receipt = alone(rows::stored_receipt(row, &mut proofs).await)?;
                receipts.push((rows::position(row)?, receipt));
            }
            Ok(receipts)
        })
        .await
    }

    async fn deliver_referrals(&self, now: Timestamp, limit: u32) -> Result<HandedOver> {
        let delivered = AtomicU64::new(0);
        let deliver = |write, limit| referrals::deliver(write, now, limit, &delivered);
        let ended = self.within(outbox::around_damage(self, &Queue::Referrals, now, limit, deliver)).await?;
        Ok(HandedOver::of(ended, delivered.into_inner()))
    }
}
