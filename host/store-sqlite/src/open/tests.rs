use tempfile::TempDir;

use sqlx::migrate::Migrate;

use super::migrations::{MIGRATIONS, back_up, version};
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

/// Draws with all that hangs on them, as hosts wrote them when a key made one draw.
const DRAWS_OF_ONE_KEY_EACH: &str = "
    INSERT INTO draws (position, id, player, campaign, key, request, ordinal, revision, prize, title, amount, receipt, drawn_at)
    VALUES (1, 'one', 'alice', 'spring', 'k', zeroblob(32), 1, 1, 'phone', 'Phone', 1, zeroblob(32), 0),
           (2, 'two', 'alice', 'spring', 'l', zeroblob(32), 2, 1, NULL, NULL, NULL, zeroblob(32), 0);
    INSERT INTO receipts (position, bytes) VALUES (1, x'01'), (2, x'02');
    INSERT INTO disclosures (position, content) VALUES (1, '{}');
    INSERT INTO awards (position, prize, amount, state) VALUES (1, 'phone', 1, 'pending');
    UPDATE committer SET position = 2;";

#[tokio::test]
async fn draws_of_one_key_each_become_series_of_one() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tombola.db");
    let settings = Settings::new(&path);
    let mut older = connect(&connections(&settings).1.create_if_missing(true)).await.unwrap();
    older.ensure_migrations_table("_sqlx_migrations").await.unwrap();
    for migration in MIGRATIONS.iter().filter(|migration| migration.version < 9) {
        older.apply("_sqlx_migrations", migration).await.unwrap();
    }
    sqlx::raw_sql(DRAWS_OF_ONE_KEY_EACH).execute(&mut older).await.unwrap();
    let marks = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 8");
    sqlx::raw_sql(sqlx::AssertSqlSafe(marks)).execute(&mut older).await.unwrap();
    older.close().await.unwrap();

    let mut opened = open(&settings).await.unwrap();
    for (question, expected) in [
        (
            "SELECT count(*) FROM draws JOIN receipts USING (position) WHERE part = 0 AND bytes = unhex('0' || position)",
            2,
        ),
        ("SELECT count(*) FROM draws JOIN awards USING (position) WHERE draws.prize = awards.prize", 1),
        ("SELECT count(*) FROM disclosures JOIN draws USING (position) WHERE ordinal = 1", 1),
        ("SELECT count(*) FROM pragma_foreign_key_check", 0),
        ("SELECT count(*) FROM sqlite_schema WHERE name = 'draws_before'", 0),
        ("PRAGMA foreign_keys", 1),
    ] {
        assert_eq!(pragma(&mut opened.writer, question).await.unwrap(), expected, "{question}");
    }
    let again = "INSERT INTO draws SELECT 3, 'three', player, campaign, key, part, request, 3, revision, prize, title, data, \
                 amount, receipt, drawn_at FROM draws WHERE position = 1";
    assert!(sqlx::raw_sql(again).execute(&mut opened.writer).await.is_err(), "a key and a part are for one draw");
    let orphan = "DELETE FROM draws WHERE position = 1";
    assert!(sqlx::raw_sql(orphan).execute(&mut opened.writer).await.is_err(), "receipts hang on draws");
}
