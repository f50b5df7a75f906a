use async_trait::async_trait;

use crate::db::{Connection, Failure};

/// What a kind of database does in its own way, apart from statements.
#[async_trait]
pub trait Driver: Send + Sync {
    /// Whether this is a copy of another database, in which nothing is known of what was drawn in the original since.
    async fn is_copy(&self, reader: &mut Connection) -> Result<bool, sqlx::Error>;

    /// Makes a copy an original of its own, together with whatever else the transaction does. It is for the one that begins a new
    /// epoch: from then on no seed of the database that was copied is used in this one.
    async fn make_original(&self, write: &mut Connection) -> Result<(), sqlx::Error>;

    /// Whether whoever writes under this fence may still do so.
    async fn is_current(&self, reader: &mut Connection, fence: i64) -> Result<bool, sqlx::Error>;

    /// Sees to it that nothing that was erased stays anywhere, as far as that can be done at once.
    async fn purge(&self);

    /// How it keeps receipts in partitions; `None` where each is a row of one table.
    fn partitions(&self) -> Option<&dyn Partitions> {
        None
    }

    /// A connection that reads, in the place of one that is lost.
    async fn reconnect(&self) -> Result<Connection, sqlx::Error>;

    /// Ends what runs beside the connections, which are closed.
    async fn close(&self);
}

/// How a kind of database keeps receipts, and the values behind them, in partitions by their positions in the feed. Both are parted alike.
/// What is changed waits for nobody who reads for longer than draws can wait, and fails where it would have to.
#[async_trait]
pub trait Partitions: Send + Sync {
    /// All of them, in order. Between two there may be positions of which nothing is kept any more.
    async fn list(&self, connection: &mut Connection) -> Result<Vec<Partition>, sqlx::Error>;

    /// Adds one where there is none.
    async fn add(&self, write: &mut Connection, partition: Partition) -> Result<(), sqlx::Error>;

    /// Parts one in two, of which the second, from this position on, is empty. All rows of the first are looked at.
    async fn split(&self, write: &mut Connection, partition: Partition, end: u64) -> Result<(), sqlx::Error>;

    /// Drops one with all that is in it.
    async fn drop(&self, write: &mut Connection, partition: Partition) -> Result<(), sqlx::Error>;
}

/// Positions in the feed whose receipts go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    /// The first of them.
    pub first: u64,
    /// The one behind the last.
    pub end: u64,
}

/// How a kind of database begins and ends write transactions: one at a time, under a fence.
#[async_trait]
pub trait Transactions: Send + Sync {
    /// Begins, and keeps everyone else from writing; `None` where nothing may be written under this fence any more.
    async fn begin(&self, connection: &mut Connection, fence: i64) -> Result<Option<Committer>, sqlx::Error>;

    /// Makes a transaction durable.
    async fn commit(&self, connection: &mut Connection, fence: i64, write: i64) -> Ended;

    /// What the latest statement says of what was to be written, if it failed.
    async fn latest_failure(&self, connection: &mut Connection) -> Result<Option<Failure>, sqlx::Error>;

    /// Notes in the transaction that it is the host under this fence that stages something, where there may be several hosts.
    async fn note_staged(&self, connection: &mut Connection, fence: i64, staged: Staged) -> Result<(), sqlx::Error>;

    /// Undoes a transaction, if there is one.
    async fn rollback(&self, connection: &mut Connection) -> Result<(), sqlx::Error>;

    /// A connection in the place of one that the error shows to be lost; `None` where it is not.
    async fn replace(&self, error: &sqlx::Error) -> Option<Result<Connection, sqlx::Error>>;
}

/// The committer's row, which stays as it is until the transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committer {
    /// The activation that holds.
    pub activation: u64,
    /// Of the latest draw in the feed.
    pub position: u64,
    /// The number of this write, if it is committed, where the database counts writes.
    pub write: i64,
}

/// What is staged over several transactions, and comes to nothing if its host ends in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Staged {
    /// The content of a list, by its generation.
    List(u64),
    /// A load of codes, by its number.
    Codes(u64),
}

/// What came of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is durable.
    Committed,
    /// Nothing was written.
    Undone,
    /// Nothing was written, since there was no room.
    Full,
    /// Nothing may be written under this fence any more; what others found of it is nobody's business here.
    Fenced,
    /// Nobody knows, so that nothing may be written on top of it.
    Unknown,
}

/// What came of a commit, and why where it failed.
#[derive(Debug)]
pub struct Ended {
    /// What came of it.
    pub outcome: Outcome,
    /// What the database said.
    pub error: Option<sqlx::Error>,
}
