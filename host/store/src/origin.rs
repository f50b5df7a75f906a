//! Where a database comes from.

use async_trait::async_trait;

use crate::Result;

/// Origin of a store.
#[async_trait]
pub trait Origin {
    /// Whether it was restored from a copy and no epoch has begun since. Draws may have been made on its epoch, in the database
    /// that was copied, of which it knows nothing: a host begins a new epoch before it draws.
    async fn is_copy(&self) -> Result<bool>;
}
