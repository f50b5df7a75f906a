//! Hosts that take over from each other, and connections that are cut.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use sqlx::{Connection, PgConnection};
use tombola_domain::digest::Digest;
use tombola_domain::reason::Reason;
use tombola_domain::time::Timestamp;
use tombola_servers::Database;
use tombola_store::epochs::{Epochs, NewEpoch, Phase};
use tombola_store::health::Health;
use tombola_store::lists::{ListEdit, ListError, Lists};
use tombola_store::origin::Origin;
use tombola_store::{Operation, StoreError};
use tombola_store_postgres::{PostgresStore, Settings, latest_epochs};

async fn open(database: &Database) -> PostgresStore {
    tombola_store_postgres::open(Settings::new(&database.url()).unwrap()).await.unwrap()
}

fn operation() -> Operation {
    Operation {
        actor: "alice".to_owned(),
        key: None,
        request: Digest::of(b"request"),
        at: Timestamp::from_millis(0),
        reason: Reason::default(),
    }
}

async fn add_player(store: &PostgresStore, number: u32) -> Result<u64, ListError> {
    let edit = ListEdit { add: vec![format!("player-{number}").parse().unwrap()], remove: vec![] };
    store.edit_list(&operation(), &"vip".parse().unwrap(), &edit, false).await.map(|done| done.result.size)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_opens_last_has_the_database() {
    let database = Database::migrated().await;
    let older = open(&database).await;
    add_player(&older, 1).await.unwrap();
    let newer = open(&database).await;
    let refused = add_player(&older, 2).await;
    assert!(matches!(refused, Err(ListError::Store(StoreError::Fenced))), "{refused:?}");
    assert!(matches!(older.check().await, Err(StoreError::Fenced)));
    older.lost().await;
    assert_eq!(add_player(&newer, 2).await.unwrap(), 2);
    // Work beside a host takes nothing over.
    let beside = tombola_store_postgres::open_beside(Settings::new(&database.url()).unwrap()).await.unwrap();
    assert_eq!(add_player(&beside, 3).await.unwrap(), 3);
    assert_eq!(add_player(&newer, 4).await.unwrap(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_goes_on_after_its_connections_were_cut() {
    let database = Database::migrated().await;
    let store = open(&database).await;
    let mut other = PgConnection::connect(&database.url()).await.unwrap();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let (mut size, mut failed) = (0, 0);
    for number in 0..10 {
        if number % 4 == 0 {
            sqlx::query(cut).execute(&mut other).await.unwrap();
        }
        match add_player(&store, number).await {
            Ok(now) => size = now,
            Err(ListError::Store(StoreError::Unavailable(_))) => failed += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!((1..=3).contains(&failed), "{failed}");
    assert_eq!(size + failed, 10);
    // Each connection that reads learns of its end once.
    let mut checks = Vec::new();
    for _ in 0..5 {
        checks.push(store.check().await.is_ok());
    }
    assert_eq!(checks.last(), Some(&true), "{checks:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_stands_elsewhere_is_a_copy_until_it_is_made_an_original() {
    let database = Database::migrated().await;
    let store = open(&database).await;
    assert!(!store.is_copy().await.unwrap());
    let mut other = PgConnection::connect(&database.url()).await.unwrap();
    sqlx::query("UPDATE tombola.committer SET origin = 'elsewhere'").execute(&mut other).await.unwrap();
    // To open it makes it no original.
    let store = open(&database).await;
    assert!(store.is_copy().await.unwrap());
    let epoch = |byte| NewEpoch { commitment: Digest::of(&[byte]), sealed: vec![byte] };
    store.abandon_epochs(&operation(), [epoch(1), epoch(2)]).await.unwrap();
    assert!(!store.is_copy().await.unwrap());
    let phases: Vec<_> = store.epochs(None, 9).await.unwrap().into_iter().map(|epoch| epoch.phase).collect();
    assert!(matches!(phases[..], [Phase::Announced, Phase::Current { .. }]), "{phases:?}");
    let latest = latest_epochs(&Settings::new(&database.url()).unwrap()).await.unwrap();
    assert_eq!(latest.iter().map(|epoch| &epoch.sealed[..]).collect::<Vec<_>>(), [[2], [1]]);
}
