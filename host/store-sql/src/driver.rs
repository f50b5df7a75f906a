use async_trait::async_trait;

use crate::db::Connection;

/// What a kind of database does in its own way, apart from statements.
#[async_trait]
pub trait Driver: Send + Sync {
    /// Whether this is a copy of another database, in which nothing is known of what was drawn in the original since.
    async fn is_copy(&self, reader: &mut Connection) -> Result<bool, sqlx::Error>;

    /// Makes a copy an original of its own, together with whatever else the transaction does. It is for the one that begins a new
    /// epoch: from then on no seed of the database that was copied is used in this one.
    async fn make_original(&self, write: &mut Connection) -> Result<(), sqlx::Error>;

    /// Sees to it that nothing that was erased stays anywhere, as far as that can be done at once.
    async fn purge(&self);

    /// Ends what runs beside the connections, which are closed.
    async fn close(&self);
}
