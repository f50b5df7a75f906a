//! Whether a database is a copy of another, as its header says: the mark is there before a copy gets its name, whatever its
//! version, and programs that know nothing of copies take one for a database of another program.

use async_trait::async_trait;
use sqlx::{AssertSqlSafe, SqliteConnection};
use tombola_store::Result;
use tombola_store::origin::Origin;

use crate::error::unavailable;
use crate::store::SqliteStore;
use crate::writer::Write;

/// `Tmbl`: the one that draws were made in.
pub(crate) const ORIGINAL: i64 = 0x546d_626c;
/// `TmbC`: a copy, in which nothing is known of what was drawn in the original since.
pub(crate) const COPY: i64 = 0x546d_6243;

#[async_trait]
impl Origin for SqliteStore {
    async fn is_copy(&self) -> Result<bool> {
        self.within(async {
            let application: i64 = sqlx::query_scalar("PRAGMA application_id")
                .fetch_one(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            Ok(application == COPY)
        })
        .await
    }
}

/// Marks a database as one or the other. A pragma takes no parameters.
pub(crate) async fn mark(connection: &mut SqliteConnection, application: i64) -> std::result::Result<(), sqlx::Error> {
    sqlx::query(AssertSqlSafe(format!("PRAGMA application_id = {application}"))).execute(connection).await.map(drop)
}

/// Makes a copy an original of its own, together with whatever else the transaction does. It is for the one that begins a new
/// epoch: from then on no seed of the database that was copied is used in this one.
pub(crate) async fn make_original(write: &mut Write) -> Result<()> {
    mark(write, ORIGINAL).await.map_err(unavailable)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::{Settings, backup};

    #[tokio::test]
    async fn a_copy_is_one_until_it_is_made_an_original() {
        let folder = TempDir::new().unwrap();
        let settings = |name: &str| Settings::new(folder.path().join(name));
        let first = SqliteStore::open(settings("first.db")).await.unwrap();
        assert!(!first.is_copy().await.unwrap());
        backup::back_up(&settings("first.db"), &folder.path().join("copy")).await.unwrap();
        backup::restore(&folder.path().join("copy"), &settings("second.db")).await.unwrap();
        let second = SqliteStore::open(settings("second.db")).await.unwrap();
        assert!(second.is_copy().await.unwrap());
        // Whatever undoes the transaction undoes this.
        let mut write = second.writer.begin().await.unwrap();
        make_original(&mut write).await.unwrap();
        drop(write);
        assert!(second.is_copy().await.unwrap());
        let mut write = second.writer.begin().await.unwrap();
        make_original(&mut write).await.unwrap();
        write.commit().await.unwrap();
        assert!(!second.is_copy().await.unwrap());
        drop(second);
        assert!(!SqliteStore::open(settings("second.db")).await.unwrap().is_copy().await.unwrap());
        assert!(!first.is_copy().await.unwrap());
    }
}
