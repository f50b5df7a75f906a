//! Coupon codes in pools that operators keep. Metric names stand here, so that wiring can describe them.

mod keeper;

use async_trait::async_trait;
use tombola_domain::causes::Causes;
use tombola_domain::code::CouponCode;
use tombola_domain::digest::{Digest, Hasher};
use tombola_domain::id::CodePoolName;
use tombola_domain::time::Timestamp;
use tombola_store::Done;
use tombola_store::codes::{Load, Loaded, NewCode, PoolLevel, Withdrawn};

pub(crate) use self::keeper::Keeper;
pub use self::keeper::{CODE_POOL_FREE, CODE_POOL_LOW_WATER};
use crate::intent::Intent;
use crate::{App, Error, Result};

/// Codes of one load, repetitions counted: some hundred megabytes, which take some minutes to stage.
pub const CODES_MAX: u64 = 10_000_000;
/// Loads at once: each keeps the disk busy.
pub(crate) const LOADS_MAX: usize = 1;
/// Codes that are staged together: pieces of a body are far smaller, and each staging is synced.
const STAGED_TOGETHER: usize = 2_000;

/// Codes for a pool, as they come.
#[async_trait]
pub trait NewCodes: Send {
    /// Why there may be no more of them.
    type Error: From<Error> + Send;

    /// The next codes; `None` after the last.
    async fn next(&mut self) -> Result<Option<Vec<NewCode>>, Self::Error>;
}

/// Codes that are all there.
#[async_trait]
impl NewCodes for Option<Vec<NewCode>> {
    type Error = Error;

    async fn next(&mut self) -> Result<Option<Vec<NewCode>>> {
        Ok(self.take())
    }
}

impl App {
    /// Makes a pool, or sets its low-water mark.
    pub async fn put_code_pool(&self, intent: Intent, pool: &CodePoolName, low_water: u64) -> Result<Done<PoolLevel>> {
        let request = [b"code-pool", pool.as_str().as_bytes(), &low_water.to_be_bytes()];
        let operation = intent.operation(&request, self.clock.now());
        let done = self.store.put_code_pool(&operation, pool, low_water).await;
        self.keeper.wake();
        done.map_err(|error| Error::codes(error, pool))
    }

    /// Loads codes into a pool. They are staged as they come, while draws go on; a draw that begins after this returns can win
    /// any of them, and one that began before none. After an error the pool is as it was. Of what comes under a key that was used
    /// before nothing is staged. `expires_at` holds for codes of which nothing else is said.
    pub async fn load_codes<C: NewCodes>(
        &self,
        intent: Intent,
        pool: &CodePoolName,
        expires_at: Option<Timestamp>,
        mut codes: C,
    ) -> Result<Done<Loaded>, C::Error> {
        let _permit = self.code_loads.try_acquire().map_err(|_| Error::Busy)?;
        let is_repeated = self.is_repeated(&intent).await?;
        let mut load = self.store.begin_load(pool).await.map_err(|error| Error::codes(error, pool))?;
        let done = match self.stage_codes((!is_repeated).then_some(&mut load), expires_at, &mut codes).await {
            Ok(content) => {
                let request = [b"load-codes", pool.as_str().as_bytes(), content.as_bytes()];
                let operation = intent.operation(&request, self.clock.now());
                let done = self.store.take_load(&operation, &load).await;
                done.map_err(|error| Error::codes(error, pool).into())
            }
            Err(error) => Err(error),
        };
        if !matches!(&done, Ok(Done { replayed: false, .. }))
            && let Err(error) = self.store.abandon_load(&load).await
        {
            tracing::warn!(error = %Causes(&error), "what was staged for a code pool stays until the next load or start");
        }
        self.keeper.wake();
        done
    }

    /// Takes in everything, stages it where it is to be staged, and answers the digest of what came.
    async fn stage_codes<C: NewCodes>(
        &self,
        mut load: Option<&mut Load>,
        expires_at: Option<Timestamp>,
        codes: &mut C,
    ) -> Result<Digest, C::Error> {
        let (mut content, mut count, mut waiting) = (Hasher::default(), 0, Vec::new());
        while let Some(mut more) = codes.next().await? {
            count += more.len() as u64;
            if count > CODES_MAX {
                return Err(Error::TooManyCodes.into());
            }
            for new in &mut more {
                new.expires_at = new.expires_at.or(expires_at);
            }
            add(&mut content, &more);
            let Some(load) = &mut load else { continue };
            waiting.extend(more);
            if waiting.len() >= STAGED_TOGETHER {
                self.store.stage_codes(load, &waiting).await.map_err(Error::from)?;
                waiting.clear();
            }
        }
        if let Some(load) = load {
            self.store.stage_codes(load, &waiting).await.map_err(Error::from)?;
        }
        Ok(content.finish())
    }

    /// Takes the free codes out of a pool. Those that awards have stay with them.
    pub async fn withdraw_codes(&self, intent: Intent, pool: &CodePoolName) -> Result<Done<Withdrawn>> {
        intent.check_reason()?;
        let operation = intent.operation(&[b"withdraw-codes", pool.as_str().as_bytes(), b""], self.clock.now());
        let done = self.store.withdraw_codes(&operation, pool).await;
        self.keeper.wake();
        done.map_err(|error| Error::codes(error, pool))
    }

    /// Pools by name, after one of them, at most `limit`.
    pub async fn code_pools(&self, after: Option<&CodePoolName>, limit: u32) -> Result<Vec<PoolLevel>> {
        Ok(self.store.code_pools(after, limit, self.clock.now()).await?)
    }
}

/// Codes hold no commas and no line breaks, so that these part them.
fn add(content: &mut Hasher, codes: &[NewCode]) {
    for NewCode { code, expires_at } in codes {
        content.update(CouponCode::reveal(code).as_bytes());
        content.update(
            expires_at.map_or_else(|| ",\n".to_owned(), |moment| format!(",{}\n", moment.as_millis())).as_bytes(),
        );
    }
}
