//! What only a database in a file can get wrong: crashes, two processes, other versions, a full disk.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, SqliteConnection};
use tempfile::TempDir;
use tombola_domain::digest::Digest;
use tombola_domain::reason::Reason;
use tombola_domain::signature::Signer;
use tombola_domain::time::Timestamp;
use tombola_store::draws::Draws;
use tombola_store::epochs::Epochs;
use tombola_store::tokens::{Token, TokenError, Tokens};
use tombola_store::{Operation, StoreError};
use tombola_store_sqlite::{OpenError, Settings, SqliteStore};

fn database(folder: &TempDir) -> PathBuf {
    folder.path().join("tombola.db")
}

async fn open(path: &Path) -> Result<SqliteStore, OpenError> {
    tombola_store_sqlite::open(Settings { readers: 2, ..Settings::new(path) }).await
}

/// A connection past the store, as another program has it.
async fn outside(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).create_if_missing(true).connect().await.expect("it connects")
}

async fn execute(path: &Path, sql: &str) -> Result<(), sqlx::Error> {
    let mut connection = outside(path).await;
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.map(drop)
}

async fn number(path: &Path, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&mut outside(path).await).await.expect("one number")
}

fn operation() -> Operation {
    let at = Timestamp::from_millis(1);
    Operation { actor: "test".to_owned(), key: None, request: Digest::of(b"test"), at, reason: Reason::default() }
}

fn token(name: &str) -> Token {
    Token {
        name: name.to_owned(),
        hash: Digest::of(name.as_bytes()),
        identity: Digest::of(name.as_bytes()),
        role: "r".repeat(2000),
        campaigns: vec![],
        created_at: Timestamp::from_millis(0),
        expires_at: None,
        revoked_at: None,
    }
}

#[tokio::test]
async fn what_was_answered_survives_a_crash() {
    let (folder, copies) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let path = database(&folder);
    let store = open(&path).await.unwrap();
    for round in 0..5 {
        for number in 0..7 {
            store.create_token(&operation(), &token(&format!("{round}-{number}"))).await.unwrap();
        }
        // The log first: a checkpoint in between then finds its way into neither copy or into both.
        let copy = copies.path().join(format!("{round}.db"));
        let mut connection = outside(&path).await;
        sqlx::raw_sql("BEGIN; SELECT count(*) FROM tokens").execute(&mut connection).await.unwrap();
        std::fs::copy(&path, &copy).unwrap();
        std::fs::copy(path.with_extension("db-wal"), copy.with_extension("db-wal")).unwrap();
        let reopened = open(&copy).await.unwrap();
        assert_eq!(reopened.tokens().await.unwrap().len(), (round + 1) * 7);
        reopened.create_token(&operation(), &token("after")).await.unwrap();
        assert_eq!(number(&copy, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check != 'ok'").await, 0);
    }
}

#[tokio::test]
async fn a_torn_log_loses_nothing_that_came_before() {
    let (folder, copies) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let path = database(&folder);
    let store = open(&path).await.unwrap();
    store.create_token(&operation(), &token("whole")).await.unwrap();
    let whole = std::fs::metadata(path.with_extension("db-wal")).unwrap().len();
    store.create_token(&operation(), &token("torn")).await.unwrap();
    let log = std::fs::read(path.with_extension("db-wal")).unwrap();
    for length in (usize::try_from(whole).unwrap()..log.len()).step_by(997) {
        let copy = copies.path().join(format!("{length}.db"));
        std::fs::copy(&path, &copy).unwrap();
        std::fs::write(copy.with_extension("db-wal"), &log[..length]).unwrap();
        let names: Vec<_> =
            open(&copy).await.unwrap().tokens().await.unwrap().into_iter().map(|token| token.name).collect();
        assert_eq!(names, ["whole"], "{length} of {}", log.len());
    }
}

#[tokio::test]
async fn what_is_recorded_stays() {
    let folder = TempDir::new().unwrap();
    let path = database(&folder);
    open(&path).await.unwrap().create_token(&operation(), &token("kept")).await.unwrap();
    for sql in ["DELETE FROM operations", "UPDATE operations SET reason = 'another'"] {
        let refused = execute(&path, sql).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{sql}: {refused}");
    }
}

#[tokio::test]
async fn whoever_opens_last_has_the_database() {
    let folder = TempDir::new().unwrap();
    let older = open(&database(&folder)).await.unwrap();
    older.create_token(&operation(), &token("before")).await.unwrap();
    let newer = open(&database(&folder)).await.unwrap();
    for _ in 0..2 {
        let refused = older.create_token(&operation(), &token("after")).await;
        assert!(matches!(refused, Err(TokenError::Store(StoreError::Fenced))), "{refused:?}");
        let refused = older.commit_draws(&[]).await;
        assert!(matches!(refused, Err(StoreError::Fenced)), "{refused:?}");
    }
    newer.create_token(&operation(), &token("after")).await.unwrap();
    assert_eq!(older.tokens().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_newer_or_foreign_database_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = database(&folder);
    open(&path).await.unwrap().close().await;
    execute(&path, "PRAGMA user_version = 9000").await.unwrap();
    let fence = number(&path, "SELECT fence FROM committer").await;
    let refused = open(&path).await.err();
    assert!(matches!(refused, Some(OpenError::Newer { found: 9000, .. })), "{refused:?}");
    assert_eq!(number(&path, "SELECT fence FROM committer").await, fence);
    let foreign = folder.path().join("foreign.db");
    execute(&foreign, "CREATE TABLE committer (id)").await.unwrap();
    assert!(matches!(open(&foreign).await.err(), Some(OpenError::Foreign(_))));
    assert_eq!(number(&foreign, "SELECT count(*) FROM sqlite_schema").await, 1);
    let garbage = folder.path().join("garbage.db");
    std::fs::write(&garbage, "not a database, though as long as a header of one has to be".repeat(9)).unwrap();
    assert!(matches!(open(&garbage).await.err(), Some(OpenError::Database { .. })));
    let nowhere = open(&folder.path().join("no/such/folder.db")).await.err();
    assert!(matches!(nowhere, Some(OpenError::Disk { .. })), "{nowhere:?}");
    let settings = Settings { readers: 0, ..Settings::new(folder.path().join("none.db")) };
    assert!(matches!(tombola_store_sqlite::open(settings).await.err(), Some(OpenError::NoReaders)));
}

#[tokio::test]
async fn no_statement_issues_more_than_there_is() {
    let folder = TempDir::new().unwrap();
    let path = database(&folder);
    let _store = open(&path).await.unwrap();
    execute(&path, "INSERT INTO stock (campaign, prize, allotted) VALUES ('spring', 'phone', 2)").await.unwrap();
    execute(&path, "UPDATE stock SET issued = 2").await.unwrap();
    for wrong in ["issued = 3", "allotted = 1", "issued = -1", "allotted = -1", "sold_out = 2", "allotted = 1 << 53"] {
        let refused = execute(&path, &format!("UPDATE stock SET {wrong}")).await.unwrap_err();
        assert!(refused.as_database_error().unwrap().is_check_violation(), "{wrong}: {refused}");
    }
}

#[tokio::test]
async fn a_damaged_row_is_named() {
    let folder = TempDir::new().unwrap();
    let path = database(&folder);
    let store = open(&path).await.unwrap();
    store.create_token(&operation(), &token("damaged")).await.unwrap();
    execute(&path, "UPDATE tokens SET campaigns = 'spring'").await.unwrap();
    let error = store.tokens().await.unwrap_err();
    let StoreError::Corrupt { table, column, row, .. } = &error else { panic!("{error:?}") };
    assert_eq!((*table, *column, row.as_str()), ("tokens", "campaigns", "damaged"));
}

#[tokio::test]
async fn what_is_erased_does_not_stay_in_the_log() {
    let folder = TempDir::new().unwrap();
    let path = database(&folder);
    let log = path.with_extension("db-wal");
    let length = || std::fs::metadata(&log).unwrap().len();
    let store = open(&path).await.unwrap();
    store.create_token(&operation(), &token("one")).await.unwrap();
    assert!(length() > 0);
    let alice = "alice".parse().unwrap();
    store.erase_disclosures(&operation(), &alice).await.unwrap();
    assert_eq!(length(), 0);

    // Somebody who reads keeps the log as it is, and only that long.
    store.create_token(&operation(), &token("two")).await.unwrap();
    let mut reader = outside(&path).await;
    sqlx::raw_sql("BEGIN; SELECT count(*) FROM tokens").execute(&mut reader).await.unwrap();
    store.erase_disclosures(&operation(), &alice).await.unwrap();
    assert!(length() > 0);
    store.create_token(&operation(), &token("three")).await.unwrap();
    sqlx::raw_sql("ROLLBACK").execute(&mut reader).await.unwrap();
    while length() > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(store.tokens().await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_write_that_waits_too_long_fails_and_leaves_no_trace() {
    let folder = TempDir::new().unwrap();
    let path = database(&folder);
    let deadline = Duration::from_millis(100);
    let store = tombola_store_sqlite::open(Settings { deadline, ..Settings::new(&path) }).await.unwrap();
    let mut other = outside(&path).await;
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let refused = store.create_token(&operation(), &token("late")).await;
    assert!(matches!(refused, Err(TokenError::Store(StoreError::Unavailable(_)))), "{refused:?}");
    assert_eq!(store.tokens().await.unwrap(), []);
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    store.create_token(&operation(), &token("in time")).await.unwrap();
    assert_eq!(store.tokens().await.unwrap(), [token("in time")]);
}

#[tokio::test]
async fn a_closed_store_answers_nothing_and_leaves_one_file() {
    let folder = TempDir::new().unwrap();
    let path = database(&folder);
    let store = open(&path).await.unwrap();
    let key = Signer::from_seed(&[1; 32]).public_key();
    let at = Timestamp::from_millis(0);
    store.record_signing_key(key, at).await.unwrap();
    store.close().await;
    store.close().await;
    assert!(matches!(store.signing_keys().await, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.record_signing_key(key, at).await, Err(StoreError::Unavailable(_))));
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["tombola.db"]);
    assert_eq!(open(&path).await.unwrap().signing_keys().await.unwrap(), [(key, at)]);
}
