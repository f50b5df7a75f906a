//! Coupon codes in pools, kept by operators for all campaigns. Pools are never deleted, since prizes name them.
//!
//! A code is **free** until it is **given** to an award, in the transaction that commits the award, or until it **expires** or is
//! **withdrawn**. Codes come in **loads**: one is staged in short transactions, among which draws go on, and then all of it is
//! in the pool at once. What was staged in vain, withdrawn or has expired is **swept** in small steps.

use std::collections::BTreeSet;

use async_trait::async_trait;
use tombola_domain::code::CouponCode;
use tombola_domain::digest::Digest;
use tombola_domain::id::CodePoolName;
use tombola_domain::stock::{Bucket, Mark};
use tombola_domain::time::Timestamp;

use crate::{Done, KeyReused, Operation, Result, StoreError};

/// Pools that a store keeps, a page of them: each has a place in metrics.
pub const CODE_POOLS_MAX: u64 = 200;
/// Loads of one pool that have free codes: what commits draws looks into each of them.
pub const LOADS_MAX: u64 = 256;

/// How many codes a pool has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolLevel {
    /// Its name.
    pub pool: CodePoolName,
    /// The pool is low while fewer codes than these are free.
    pub low_water: u64,
    /// Codes that can be given now.
    pub free: u64,
    /// Codes that awards have.
    pub given: u64,
    /// Codes that expired before anybody got them.
    pub expired: u64,
    /// Codes that were withdrawn before anybody got them.
    pub withdrawn: u64,
    /// Whether it was found empty.
    pub mark: Mark,
}

impl PoolLevel {
    /// Whether fewer codes are free than there should be.
    pub fn is_low(&self) -> bool {
        self.free < self.low_water
    }

    /// As stock: what is free now, and what was given.
    pub fn bucket(&self) -> Bucket {
        Bucket { number: 0, allotted: self.given + self.free, issued: self.given, whole: true, mark: self.mark }
    }

    /// Names the level in the record of operations: nothing of the codes.
    pub fn digest(&self) -> Digest {
        let Self { pool, low_water, free, given, expired, withdrawn, mark } = self;
        let counts = [*low_water, *free, *given, *expired, *withdrawn, mark.version, u64::from(mark.sold_out)];
        let counts = counts.map(u64::to_be_bytes);
        let mut parts = vec![pool.as_str().as_bytes()];
        parts.extend(counts.iter().map(|count| &count[..]));
        Digest::tagged("tombola/code-pool-level/v1", &parts)
    }
}

/// A code for a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCode {
    /// The code.
    pub code: CouponCode,
    /// From when on it is not given any more; `None` is never.
    pub expires_at: Option<Timestamp>,
}

/// Codes that are being staged. No draw gets one of them yet.
#[derive(Debug)]
pub struct Load {
    /// Its number in the store.
    pub number: u64,
    /// The pool that they are for.
    pub pool: CodePoolName,
    /// Codes so far.
    pub loaded: u64,
    /// Codes that the pool had already, or that came before in the same load.
    pub skipped: u64,
}

/// What became of a load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// Codes that the pool did not have before.
    pub loaded: u64,
    /// Codes that it had, or that came before in the same load.
    pub skipped: u64,
    /// The pool with them.
    pub level: PoolLevel,
}

/// What was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawn {
    /// How many codes.
    pub withdrawn: u64,
    /// The pool without them.
    pub level: PoolLevel,
}

/// Why a pool was not changed.
#[derive(Debug, thiserror::Error)]
pub enum CodesError {
    /// See [`KeyReused`].
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// There is no such pool.
    #[error("there is no such pool of codes")]
    UnknownPool,
    /// There are [`CODE_POOLS_MAX`].
    #[error("there are {CODE_POOLS_MAX} pools of codes, which is all there can be")]
    TooManyPools,
    /// [`LOADS_MAX`] loads of the pool have free codes.
    #[error("{LOADS_MAX} loads of the pool have free codes, which is all there can be")]
    TooManyLoads,
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Codes of a store. The operation's moment is the one at which it is known what has expired.
#[async_trait]
pub trait Codes {
    /// Makes a pool, or sets its low-water mark.
    async fn put_code_pool(
        &self,
        operation: &Operation,
        pool: &CodePoolName,
        low_water: u64,
    ) -> Result<Done<PoolLevel>, CodesError>;

    /// Begins to stage. What is staged ends with the process that staged it, or once another load of the pool is begun.
    async fn begin_load(&self, pool: &CodePoolName) -> Result<Load, CodesError>;

    /// Stages codes, of which any may be there already. After an error the load can only be abandoned.
    async fn stage_codes(&self, load: &mut Load, codes: &[NewCode]) -> Result<()>;

    /// Puts into the pool what was staged, in one short transaction; that clears the sold-out mark. Where nothing was done, because of an
    /// error or an earlier operation with the same key, the load is still to be abandoned.
    async fn take_load(&self, operation: &Operation, load: &Load) -> Result<Done<Loaded>, CodesError>;

    /// Leaves what was staged to the sweep. Does nothing to what is in the pool by now.
    async fn abandon_load(&self, load: &Load) -> Result<()>;

    /// Takes the free codes out of a pool, in one short transaction.
    async fn withdraw_codes(&self, operation: &Operation, pool: &CodePoolName) -> Result<Done<Withdrawn>, CodesError>;

    /// Deletes at most `limit` codes that nobody can get any more; `false` where there was nothing to delete. It makes no
    /// difference to any level.
    async fn sweep_codes(&self, now: Timestamp, limit: u32) -> Result<bool>;

    /// One pool, as it is at this moment.
    async fn code_pool(&self, pool: &CodePoolName, now: Timestamp) -> Result<Option<PoolLevel>>;

    /// These pools by name, as they are at this moment; what there is not is left out.
    async fn code_levels(&self, pools: &BTreeSet<CodePoolName>, now: Timestamp) -> Result<Vec<PoolLevel>>;

    /// Pools by name above `after`, if given, ascending, at most `limit`, as they are at this moment.
    async fn code_pools(&self, after: Option<&CodePoolName>, limit: u32, now: Timestamp) -> Result<Vec<PoolLevel>>;
}
