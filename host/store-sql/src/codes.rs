use std::collections::BTreeSet;

use async_trait::async_trait;
use tombola_domain::id::CodePoolName;
use tombola_domain::stock::Mark;
use tombola_domain::time::Timestamp;
use tombola_store::audit::Verb;
use tombola_store::codes::{CODE_POOLS_MAX, Codes, CodesError, Load, Loaded, NewCode, PoolLevel, Withdrawn};
use tombola_store::{Done, Operation, Result};

use self::rows::Kept;
use crate::operations::{self, Change, Deed, Recorded};
use crate::store::{SqlStore, within};
use crate::writer::Write;

pub(crate) mod giving;
mod recorded;
mod rows;
mod staging;
mod sweep;

#[async_trait]
impl Codes for SqlStore {
    async fn put_code_pool(
        &self,
        operation: &Operation,
        pool: &CodePoolName,
        low_water: u64,
    ) -> Result<Done<PoolLevel>, CodesError> {
        let deed = deed(Verb::PutCodePool, pool);
        self.within(async {
            let mut write = self.writer.begin().await?;
            if let Some(done) = repeated(&mut write, operation, deed).await? {
                return Ok(done);
            }
            let before = rows::find(&mut write, pool, operation.at).await?;
            if before.is_none() && rows::count(&mut write).await? >= CODE_POOLS_MAX {
                return Err(CodesError::TooManyPools);
            }
            rows::put(&mut write, pool, low_water).await?;
            let level = level(&mut write, pool, operation.at).await?.level;
            let before = before.map(|before| before.level.digest());
            let change = Change { before, after: Some(level.digest()) };
            done(write, operation, deed, change, level).await
        })
        .await
    }

    async fn begin_load(&self, pool: &CodePoolName) -> Result<Load, CodesError> {
        self.within(staging::begin(self, pool)).await
    }

    async fn stage_codes(&self, load: &mut Load, codes: &[NewCode]) -> Result<()> {
        within(self.list_deadline, staging::add(self, load, codes)).await
    }

    async fn take_load(&self, operation: &Operation, load: &Load) -> Result<Done<Loaded>, CodesError> {
        let deed = deed(Verb::LoadCodes, &load.pool);
        self.within(async {
            let mut write = self.writer.begin().await?;
            if let Some(done) = repeated(&mut write, operation, deed).await? {
                return Ok(done);
            }
            let before = level(&mut write, &load.pool, operation.at).await?;
            staging::take(&mut write, load).await?;
            let mark = Mark { version: before.level.mark.version + 1, sold_out: false };
            rows::add(&mut write, before.number, load.loaded, mark).await?;
            let level = level(&mut write, &load.pool, operation.at).await?.level;
            let change = Change { before: Some(before.level.digest()), after: Some(level.digest()) };
            let loaded = Loaded { loaded: load.loaded, skipped: load.skipped, level };
            done(write, operation, deed, change, loaded).await
        })
        .await
    }

    async fn abandon_load(&self, load: &Load) -> Result<()> {
        self.within(staging::abandon(self, load)).await
    }

    async fn withdraw_codes(&self, operation: &Operation, pool: &CodePoolName) -> Result<Done<Withdrawn>, CodesError> {
        let deed = deed(Verb::WithdrawCodes, pool);
        self.within(async {
            let mut write = self.writer.begin().await?;
            if let Some(done) = repeated(&mut write, operation, deed).await? {
                return Ok(done);
            }
            let before = level(&mut write, pool, operation.at).await?;
            rows::withdraw(&mut write, &before).await?;
            let level = level(&mut write, pool, operation.at).await?.level;
            let change = Change { before: Some(before.level.digest()), after: Some(level.digest()) };
            done(write, operation, deed, change, Withdrawn { withdrawn: before.level.free, level }).await
        })
        .await
    }

    async fn sweep_codes(&self, now: Timestamp, limit: u32) -> Result<bool> {
        self.within(sweep::step(self, now, limit)).await
    }

    async fn code_pool(&self, pool: &CodePoolName, now: Timestamp) -> Result<Option<PoolLevel>> {
        self.within(async {
            let kept = rows::find(&mut *self.readers.reader().await?, pool, now).await?;
            Ok(kept.map(|kept| kept.level))
        })
        .await
    }

    async fn code_levels(&self, pools: &BTreeSet<CodePoolName>, now: Timestamp) -> Result<Vec<PoolLevel>> {
        self.within(async { rows::levels(&mut *self.readers.reader().await?, pools, now).await }).await
    }

    async fn code_pools(&self, after: Option<&CodePoolName>, limit: u32, now: Timestamp) -> Result<Vec<PoolLevel>> {
        self.within(async { rows::page(&mut *self.readers.reader().await?, after, limit, now).await }).await
    }
}

fn deed(what: Verb, pool: &CodePoolName) -> Deed<'_> {
    Deed { what, subject: pool.as_str(), campaign: None }
}

/// What an earlier operation with the same key came to.
async fn repeated<T: Recorded>(
    write: &mut Write,
    operation: &Operation,
    deed: Deed<'_>,
) -> Result<Option<Done<T>>, CodesError> {
    let result = operations::replay::<T, CodesError>(write, operation, deed.is_same()).await?;
    Ok(result.map(|result| Done { result, replayed: true }))
}

async fn done<T: Recorded>(
    mut write: Write,
    operation: &Operation,
    deed: Deed<'_>,
    change: Change,
    result: T,
) -> Result<Done<T>, CodesError> {
    operations::record(&mut write, operation, deed, change, &result).await?;
    write.commit().await?;
    Ok(Done { result, replayed: false })
}

/// A pool that has to be there.
async fn level(write: &mut Write, pool: &CodePoolName, now: Timestamp) -> Result<Kept, CodesError> {
    rows::find(write, pool, now).await?.ok_or(CodesError::UnknownPool)
}
