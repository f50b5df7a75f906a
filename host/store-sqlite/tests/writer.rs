//! What the one connection that writes does when a write goes wrong, and who waits for it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use futures_util::FutureExt;
use tempfile::TempDir;
use tombola_store::health::Health;
use tombola_store::lists::{ListEdit, ListError, Lists};
use tombola_store::{Operation, StoreError};
use tombola_store_sql::db;
use tombola_store_sql::writer::{Condition, WAITING_MAX};
use tombola_store_sqlite::{Settings, SqliteStore};

async fn open(folder: &TempDir) -> SqliteStore {
    tombola_store_sqlite::open(Settings::new(folder.path().join("tombola.db"))).await.unwrap()
}

async fn add_players(store: &SqliteStore, count: usize) -> Result<u64, ListError> {
    let operation = Operation {
        actor: "alice".to_owned(),
        key: None,
        request: tombola_domain::digest::Digest::of(b"request"),
        at: tombola_domain::time::Timestamp::from_millis(0),
        reason: tombola_domain::reason::Reason::default(),
    };
    let add = (0..count).map(|number| format!("{number:0>100}").parse().unwrap()).collect();
    let edit = ListEdit { add, remove: vec![] };
    store.edit_list(&operation, &"vip".parse().unwrap(), &edit, false).await.map(|done| done.result.size)
}

async fn limit_pages(store: &SqliteStore, sql: &'static str) {
    db::query(sql).execute(&mut store.writer().begin().await.unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_undoes_the_write_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    open(&folder).await.close().await;
    // Beside a host, since a host looks by itself for room, and a little may be found at any moment.
    let store = tombola_store_sqlite::open_beside(Settings::new(folder.path().join("tombola.db"))).await.unwrap();
    add_players(&store, 10).await.unwrap();
    limit_pages(&store, "PRAGMA max_page_count = 80").await;
    for _ in 0..3 {
        let refused = add_players(&store, 5000).await;
        assert!(matches!(refused, Err(ListError::Store(StoreError::Full(_)))), "{refused:?}");
        // Known once the write is undone, which comes after its answer.
        store.writer().watch().wait_for(|now| *now == Condition::Full).await.unwrap();
        assert!(matches!(store.check().await, Err(StoreError::Full(_))));
        let lists = store.lists(None, 9).await.unwrap();
        assert_eq!((lists[0].1.version, lists[0].1.size), (1, 10));
    }
    assert_eq!(add_players(&store, 11).await.unwrap(), 11);
    limit_pages(&store, "PRAGMA max_page_count = 1000000").await;
    assert_eq!(add_players(&store, 5000).await.unwrap(), 5000);
    store.check().await.unwrap();
}

#[tokio::test]
async fn a_commit_that_breaks_a_constraint_is_undone() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder).await;
    let mut write = store.writer().begin().await.unwrap();
    // Its revision is looked for at the end of the transaction.
    db::query("INSERT INTO campaigns (name, live) VALUES ('spring', 1)").execute(&mut write).await.unwrap();
    let error = write.commit().await.unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)) && error.is_damage(), "{error:?}");
    let mut write = store.writer().begin().await.unwrap();
    let campaigns: i64 = db::query_scalar("SELECT count(*) FROM campaigns").fetch_one(&mut write).await.unwrap();
    assert_eq!(campaigns, 0);
}

#[tokio::test]
async fn a_file_in_doubt_is_written_no_more() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder).await;
    add_players(&store, 1).await.unwrap();
    store.writer().hold().await.break_off("a test");
    store.lost().await;
    for _ in 0..2 {
        let refused = add_players(&store, 2).await;
        assert!(matches!(refused, Err(ListError::Store(StoreError::Broken))), "{refused:?}");
    }
    assert!(matches!(store.check().await, Err(StoreError::Broken)));
    assert_eq!(store.lists(None, 9).await.unwrap()[0].1.size, 1);
    store.close().await;
    assert_eq!(add_players(&open(&folder).await, 2).await.unwrap(), 2);
}

#[tokio::test]
async fn a_dropped_write_is_undone_and_lets_the_next_one_in() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder).await;
    for _ in 0..3 {
        let mut write = store.writer().begin().await.unwrap();
        db::query("UPDATE committer SET activation = 9").execute(&mut write).await.unwrap();
    }
    assert_eq!(store.writer().begin().await.unwrap().activation, 0);
}

#[tokio::test]
async fn no_more_than_so_many_wait() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder).await;
    let held = store.writer().hold().await;
    let mut waiting = vec![];
    for _ in 0..WAITING_MAX {
        let writer = Arc::clone(store.writer());
        waiting.push(tokio::spawn(async move { writer.begin().await.is_ok() }));
    }
    // One more waits too, until there are so many, and is refused then.
    let mut refused = None;
    while refused.is_none() {
        tokio::task::yield_now().await;
        refused = store.writer().begin().now_or_never();
    }
    assert!(matches!(refused, Some(Err(StoreError::Unavailable(_)))));
    drop(held);
    for waiting in waiting {
        assert!(waiting.await.unwrap());
    }
}

#[tokio::test]
async fn another_host_is_noticed_without_a_write() {
    let folder = TempDir::new().unwrap();
    let older = open(&folder).await;
    older.check().await.unwrap();
    let newer = open(&folder).await;
    assert!(matches!(older.check().await, Err(StoreError::Fenced)));
    older.lost().await;
    newer.check().await.unwrap();
}
