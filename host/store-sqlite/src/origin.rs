//! Whether a database is a copy of another, as its header says: the mark is there before a copy gets its name, whatever its
//! version, and programs that know nothing of copies take one for a database of another program.

use sqlx::{AssertSqlSafe, SqliteConnection};

/// `Tmbl`: the one that draws were made in.
pub(crate) const ORIGINAL: i64 = 0x546d_626c;
/// `TmbC`: a copy, in which nothing is known of what was drawn in the original since.
pub(crate) const COPY: i64 = 0x546d_6243;
/// `TmMl` and `TmMC`: what was either, and goes on elsewhere. No host serves it, and programs that know nothing of this don't either.
const MOVED: [(i64, i64); 2] = [(ORIGINAL, 0x546d_4d6c), (COPY, 0x546d_4d43)];

/// The mark of a database with this one that goes on elsewhere; `None` where that is known of it already.
pub(crate) fn moved(application: i64) -> Option<i64> {
    MOVED.iter().find(|(before, _)| *before == application).map(|(_, moved)| *moved)
}

/// The mark that a database had before it was to go on elsewhere; `None` where it is to go on here.
pub(crate) fn before_moving(application: i64) -> Option<i64> {
    MOVED.iter().find(|(_, moved)| *moved == application).map(|(before, _)| *before)
}

/// Marks a database as one or the other. A pragma takes no parameters.
pub(crate) async fn mark(connection: &mut SqliteConnection, application: i64) -> Result<(), sqlx::Error> {
    sqlx::query(AssertSqlSafe(format!("PRAGMA application_id = {application}"))).execute(connection).await.map(drop)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;
    use tombola_store::origin::Origin;
    use tombola_store_sql::Driver;

    use crate::driver::Sqlite;
    use crate::{Settings, backup};

    #[tokio::test]
    async fn a_copy_is_one_until_it_is_made_an_original() {
        let folder = TempDir::new().unwrap();
        let settings = |name: &str| Settings::new(folder.path().join(name));
        let first = crate::open(settings("first.db")).await.unwrap();
        assert!(!first.is_copy().await.unwrap());
        backup::back_up(&settings("first.db"), &folder.path().join("copy")).await.unwrap();
        backup::restore(&folder.path().join("copy"), &settings("second.db")).await.unwrap();
        let second = crate::open(settings("second.db")).await.unwrap();
        assert!(second.is_copy().await.unwrap());
        // Whatever undoes the transaction undoes this.
        let mut write = second.writer().begin().await.unwrap();
        Sqlite::default().make_original(&mut write).await.unwrap();
        drop(write);
        assert!(second.is_copy().await.unwrap());
        let mut write = second.writer().begin().await.unwrap();
        Sqlite::default().make_original(&mut write).await.unwrap();
        write.commit().await.unwrap();
        assert!(!second.is_copy().await.unwrap());
        drop(second);
        assert!(!crate::open(settings("second.db")).await.unwrap().is_copy().await.unwrap());
        assert!(!first.is_copy().await.unwrap());
    }
}
