use async_trait::async_trait;
use sqlx::{Row, SqliteConnection};
use tombola_store_sql::db::{Connection, Failure};
use tombola_store_sql::{Committer, Ended, Outcome, Staged, Transactions};

/// SQLite's write transactions. They are opened and ended by statements rather than by the driver, whose own count goes wrong when
/// SQLite rolls back by itself, as it does on a full disk.
pub(crate) struct SqliteTransactions;

#[async_trait]
impl Transactions for SqliteTransactions {
    async fn begin(&self, connection: &mut Connection, fence: i64) -> Result<Option<Committer>, sqlx::Error> {
        // In one call to the driver: each is two changes of thread.
        let begin = "BEGIN IMMEDIATE; SELECT activation, position FROM committer WHERE fence = $1";
        let row = sqlx::query(begin).bind(fence).fetch_optional(to_file(connection)).await?;
        let committer = |row: sqlx::sqlite::SqliteRow| {
            Ok(Committer { activation: row.try_get("activation")?, position: row.try_get("position")?, write: 0 })
        };
        row.map(committer).transpose()
    }

    /// A commit that fails may have left the file other than SQLite takes it to be, unless it says that there was no room or
    /// that it was not to be. After a failed sync the kernel may have dropped what was to be written and report success the
    /// next time: whatever is written from then on could stand on something that is not on the disk.
    async fn commit(&self, connection: &mut Connection, _fence: i64, _write: i64) -> Ended {
        let error = sqlx::query("COMMIT").execute(to_file(connection)).await.err();
        let outcome = match error.as_ref().map(Failure::of) {
            None => Outcome::Committed,
            Some(Failure::Undone) => Outcome::Undone,
            Some(Failure::Full) => Outcome::Full,
            Some(Failure::Disk | Failure::Lost) => Outcome::Unknown,
        };
        Ended { outcome, error }
    }

    async fn latest_failure(&self, connection: &mut Connection) -> Result<Option<Failure>, sqlx::Error> {
        let error = to_file(connection).lock_handle().await?.last_error();
        Ok(error.map(|error| Failure::of_database(&error)))
    }

    /// What any other than the one host stages has come to nothing.
    async fn note_staged(&self, _: &mut Connection, _: i64, _: Staged) -> Result<(), sqlx::Error> {
        Ok(())
    }

    async fn rollback(&self, connection: &mut Connection) -> Result<(), sqlx::Error> {
        match sqlx::query("ROLLBACK").execute(to_file(connection)).await {
            // SQLite may have rolled back by itself, in which case there is nothing to undo and it says so.
            Err(error) if primary_code(&error) != Some(ERROR) => Err(error),
            _ => Ok(()),
        }
    }

    /// A connection to a file is never lost.
    async fn replace(&self, _error: &sqlx::Error) -> Option<Result<Connection, sqlx::Error>> {
        None
    }
}

fn to_file(connection: &mut Connection) -> &mut SqliteConnection {
    connection.as_sqlite().expect("a store in a file writes to it")
}

/// SQLite's code for a statement that was not to be, such as a rollback where nothing is open.
const ERROR: u8 = 1;

/// SQLite's primary result code, without the detail of extended ones.
fn primary_code(error: &sqlx::Error) -> Option<u8> {
    let extended: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended.to_le_bytes()[0])
}
