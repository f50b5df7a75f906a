//! Whether a store goes on serving.

use async_trait::async_trait;

use crate::Result;

/// How a store is.
#[async_trait]
pub trait Health {
    /// Whether it can be read, and written to as far as the latest writes told. Looks whether this host may still write;
    /// writes nothing itself. A store that was full goes on trying by itself, and is well again once a write has gone through.
    async fn check(&self) -> Result<()>;

    /// Ends when nothing more can be committed: [`check`](Self::check) answers [`StoreError::Broken`](crate::StoreError::Broken)
    /// or [`StoreError::Fenced`](crate::StoreError::Fenced) from then on.
    async fn lost(&self);
}
