mod change;
mod desk;
mod expire;
mod operate;
mod rows;

use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::hold::Hold;
use tombola_domain::id::{HoldId, IdempotencyKey, PlayerId};
use tombola_store::holds::{Changed, EndHoldError, HoldChange, HoldEnd, Holds, NotChanged};
use tombola_store::sweep::{Sweep, Swept};
use tombola_store::{Done, Operation, Result};

use self::expire::Expired;
use crate::db;
use crate::error::unavailable;
use crate::fields::clamped;
use crate::store::SqlStore;
use crate::sweep;

#[async_trait]
impl Holds for SqlStore {
    async fn change_holds(&self, changes: &[HoldChange]) -> Result<Vec<Result<Changed, NotChanged>>> {
        self.within(async { change::change(self.writer.begin().await?, changes).await }).await
    }

    async fn end_hold(&self, operation: &Operation, end: &HoldEnd) -> Result<Done<Hold>, EndHoldError> {
        self.within(async { operate::end(self.writer.begin().await?, operation, end).await }).await
    }

    async fn void_hold(
        &self,
        operation: &Operation,
        player: &PlayerId,
        id: &HoldId,
    ) -> Result<Done<Hold>, EndHoldError> {
        self.within(async { operate::void(self.writer.begin().await?, operation, player, id).await }).await
    }

    async fn hold(&self, player: &PlayerId, id: &HoldId) -> Result<Option<Hold>> {
        self.within(async {
            let row = db::query(concat!("SELECT ", rows::columns!(), " FROM holds h WHERE id = $1 AND player = $2"))
                .bind(id.as_str())
                .bind(player.as_str())
                .fetch_optional(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            row.as_ref().map(rows::hold).transpose()
        })
        .await
    }

    async fn holds(&self, player: &PlayerId, before: Option<u64>, limit: u32) -> Result<Vec<(u64, Hold)>> {
        self.within(async {
            let rows = db::query(concat!(
                "SELECT ",
                rows::columns!(),
                " FROM holds h WHERE player = $1 AND number < $2 ORDER BY number DESC LIMIT $3"
            ))
            .bind(player.as_str())
            .bind(before.map_or(i64::MAX, clamped))
            .bind(limit)
            .fetch_all(&mut *self.readers.reader().await?)
            .await
            .map_err(unavailable)?;
            rows.iter().map(|row| Ok((rows::fields(row).count("number")?, rows::hold(row)?))).collect()
        })
        .await
    }

    async fn hold_of_key(&self, player: &PlayerId, key: &IdempotencyKey) -> Result<Option<(Hold, Digest)>> {
        self.within(async {
            let row = db::query(concat!("SELECT ", rows::columns!(), " FROM holds h WHERE player = $1 AND key = $2"))
                .bind(player.as_str())
                .bind(key.as_str())
                .fetch_optional(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            row.as_ref().map(|row| Ok((rows::hold(row)?, rows::fields(row).digest("request")?))).transpose()
        })
        .await
    }

    async fn expire_holds(&self, step: &Sweep) -> Result<Swept> {
        self.within(sweep::step::<Expired>(self, step)).await
    }
}
