use tempfile::TempDir;

use super::migrations::{back_up, version};
use super::*;

#[tokio::test]
async fn the_copy_before_a_migration_is_whole_and_replaces_an_older_one() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tombola.db");
    let mut opened = open(&Settings::new(&path)).await.unwrap();
    for expected in [2, 3] {
        take_over(&mut opened.writer).await.unwrap();
        // As a copy that was interrupted leaves it.
        std::fs::write(beside(&path, ".version-1.partial"), "half").unwrap();
        back_up(&path, 1, &mut opened.writer).await.unwrap();
        let copy = SqliteConnectOptions::new().filename(beside(&path, ".version-1.backup"));
        let mut copy = connect(&copy).await.unwrap();
        assert_eq!(pragma(&mut copy, "SELECT fence FROM committer").await.unwrap(), expected);
        assert_eq!(pragma(&mut copy, "PRAGMA application_id").await.unwrap(), APPLICATION_ID);
        assert_eq!(pragma(&mut copy, "PRAGMA user_version").await.unwrap(), version());
        copy.close().await.unwrap();
    }
    assert!(!beside(&path, ".version-1.partial").exists());
}

#[tokio::test]
async fn a_crash_between_the_migrations_and_their_number_is_made_good() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tombola.db");
    let mut opened = open(&Settings::new(&path)).await.unwrap();
    sqlx::raw_sql("PRAGMA user_version = 0").execute(&mut opened.writer).await.unwrap();
    drop(opened);
    let mut opened = open(&Settings::new(&path)).await.unwrap();
    assert_eq!(pragma(&mut opened.writer, "PRAGMA user_version").await.unwrap(), version());
    assert_eq!(opened.fence, 2);
}
