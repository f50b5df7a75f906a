//! Hosts that serve one database side by side, and connections that are cut.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use sqlx::{Connection, PgConnection};
use tombola_domain::digest::Digest;
use tombola_domain::reason::Reason;
use tombola_domain::time::Timestamp;
use tombola_servers::Database;
use tombola_store::epochs::{Epochs, NewEpoch, Phase};
use tombola_store::health::Health;
use tombola_store::hosts::{Hosts, State, Upcoming, owner};
use tombola_store::lists::{ListEdit, ListError, Lists};
use tombola_store::origin::Origin;
use tombola_store::{Operation, StoreError};
use tombola_store_postgres::{PostgresStore, Settings, latest_epochs};
use tombola_store_sql::db;

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

/// Fences the host of this store, as another one does that finds it dead.
async fn fence(database: &Database, store: &PostgresStore) {
    let mut other = PgConnection::connect(&database.url()).await.unwrap();
    let fence = sqlx::query("UPDATE tombola.hosts SET state = 'fenced' WHERE number = $1");
    fence.bind(i64::try_from(store.number()).unwrap()).execute(&mut other).await.unwrap();
}

async fn states(store: &PostgresStore) -> Vec<State> {
    store.hosts().await.unwrap().into_iter().map(|host| host.state).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_serve_side_by_side_and_one_that_is_fenced_is_lost() {
    let database = Database::migrated().await;
    let older = open(&database).await;
    add_player(&older, 1).await.unwrap();
    let newer = open(&database).await;
    for number in 2..6 {
        let store = if number % 2 == 0 { &older } else { &newer };
        assert_eq!(add_player(store, number).await.unwrap(), u64::from(number));
    }
    fence(&database, &older).await;
    let refused = add_player(&older, 6).await;
    assert!(matches!(refused, Err(ListError::Store(StoreError::Fenced))), "{refused:?}");
    assert!(matches!(older.check().await, Err(StoreError::Fenced)));
    older.lost().await;
    assert_eq!(add_player(&newer, 6).await.unwrap(), 6);
    // Work beside hosts is nobody's.
    let beside = tombola_store_postgres::open_beside(Settings::new(&database.url()).unwrap()).await.unwrap();
    assert_eq!(add_player(&beside, 7).await.unwrap(), 7);
    assert_eq!(add_player(&newer, 8).await.unwrap(), 8);
}

/// It writes nothing, and hears of it all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_was_fenced_notices() {
    let database = Database::migrated().await;
    let store = open(&database).await;
    fence(&database, &store).await;
    store.lost().await;
    assert!(matches!(add_player(&store, 1).await, Err(ListError::Store(StoreError::Fenced))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_eldest_that_lives_leads() {
    let database = Database::migrated().await;
    let (first, second, third) = (open(&database).await, open(&database).await, open(&database).await);
    assert_eq!([first.leads(), second.leads(), third.leads()], [true, false, false]);
    second.begin_serving().await.unwrap();
    assert_eq!(states(&third).await, [State::Starting, State::Serving, State::Starting]);
    second.close().await;
    first.close().await;
    assert_eq!(states(&third).await, [State::Ended, State::Ended, State::Starting]);
    while !third.leads() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn upcoming() -> Upcoming {
    Upcoming { campaign: "spring".parse().unwrap(), digest: Digest::of(b"spring"), document: "{}".to_owned() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_not_made_ready_what_goes_live_is_fenced() {
    let database = Database::migrated().await;
    let stores = [open(&database).await, open(&database).await, open(&database).await];
    let [asker, ready, late] = &stores;
    for store in &stores {
        // One that gets ready to serve is not waited for.
        assert_eq!(asker.ask_to_prepare(&upcoming()).await.unwrap().is_some(), store.number() == late.number());
        store.begin_serving().await.unwrap();
    }
    let number = asker.ask_to_prepare(&upcoming()).await.unwrap().unwrap();
    assert!(asker.to_prepare().await.unwrap().is_empty());
    assert_eq!(ready.to_prepare().await.unwrap().last(), Some(&(number, upcoming())));
    ready.note_prepared(number).await.unwrap();
    assert!(!ready.to_prepare().await.unwrap().contains(&(number, upcoming())));
    assert!(!asker.is_prepared(number).await.unwrap());
    assert_eq!(asker.end_preparation(number).await.unwrap(), [late.number()]);
    assert!(matches!(add_player(late, 1).await, Err(ListError::Store(StoreError::Fenced))));
    add_player(ready, 1).await.unwrap();

    let withdrawn = asker.ask_to_prepare(&upcoming()).await.unwrap().unwrap();
    asker.withdraw_preparation(withdrawn).await.unwrap();
    assert!(asker.end_preparation(withdrawn).await.unwrap().is_empty());
    // Who is out itself puts nobody out.
    let last = asker.ask_to_prepare(&upcoming()).await.unwrap().unwrap();
    fence(&database, asker).await;
    assert!(asker.end_preparation(last).await.unwrap().is_empty());
    add_player(ready, 2).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_known_who_has_taken_up_an_activation() {
    let database = Database::migrated().await;
    let (store, other) = (open(&database).await, open(&database).await);
    assert!(store.is_taken_up(1).await.unwrap(), "the other one does not serve yet");
    other.begin_serving().await.unwrap();
    assert!(!store.is_taken_up(1).await.unwrap());
    other.note_activation(2).await.unwrap();
    other.note_activation(1).await.unwrap();
    assert!(store.is_taken_up(2).await.unwrap());
}

/// As a host that was stopped in the middle of one: the server ends the transaction, so that others go on, and so does the host.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_stood_still_is_undone_and_the_host_goes_on() {
    let database = Database::migrated().await;
    let (stopped, other) = (open(&database).await, open(&database).await);
    add_player(&stopped, 1).await.unwrap();
    let write = stopped.writer().begin().await.unwrap();
    assert_eq!(add_player(&other, 2).await.unwrap(), 2);
    assert!(matches!(write.commit().await, Err(StoreError::Unavailable(_))));
    assert_eq!(add_player(&stopped, 3).await.unwrap(), 3);
    stopped.check().await.unwrap();
}

/// However long a write takes: a host that is busy is not dead.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pulse_goes_on_while_something_is_written() {
    let database = Database::migrated().await;
    let store = open(&database).await;
    let mut other = PgConnection::connect(&database.url()).await.unwrap();
    let mut write = store.writer().begin().await.unwrap();
    let busy = async { db::query("SELECT 1 FROM pg_sleep(60)").execute(&mut write).await };
    let goes_on = async {
        let mut first = None;
        loop {
            let beat = sqlx::query_scalar::<_, i64>("SELECT beat FROM tombola.pulses");
            let beat = beat.fetch_one(&mut other).await.unwrap();
            if *first.get_or_insert(beat) != beat {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        done = busy => panic!("there was no beat meanwhile: {done:?}"),
        () = goes_on => {}
    }
}

/// What one that is gone has claimed or staged is given up, and nobody else's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_gives_no_sign_of_life_is_fenced_with_what_is_its_own() {
    let database = Database::migrated().await;
    let (dead, store) = (open(&database).await, open(&database).await);
    let (of_dead, own) = (dead.begin_staging().await.unwrap(), store.begin_staging().await.unwrap());
    let mut other = PgConnection::connect(&database.url()).await.unwrap();
    for (number, host) in [(1, dead.number()), (2, store.number())] {
        let claimed = "INSERT INTO tombola.tasks (queue, due, number, since, owner) VALUES ('chances', 9, $1, 1, $2)";
        sqlx::query(claimed).bind(number).bind(owner(host)).execute(&mut other).await.unwrap();
    }
    // Its tasks go with it, and it says nothing.
    let number = dead.number();
    drop(dead);
    while store.hosts().await.unwrap().iter().any(|host| host.number == number && host.state != State::Fenced) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let states: Vec<String> = sqlx::query_scalar("SELECT state FROM tombola.list_generations ORDER BY generation")
        .fetch_all(&mut other)
        .await
        .unwrap();
    assert_eq!(states, ["garbage", "staging"], "{of_dead:?}, {own:?}");
    let due: Vec<i64> =
        sqlx::query_scalar("SELECT due FROM tombola.tasks ORDER BY number").fetch_all(&mut other).await.unwrap();
    assert_eq!(due, [1, 9]);
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
    store.abandon_epochs(&operation(), 0, [epoch(1), epoch(2)]).await.unwrap();
    assert!(!store.is_copy().await.unwrap());
    let phases: Vec<_> = store.epochs(None, 9).await.unwrap().into_iter().map(|epoch| epoch.phase).collect();
    assert!(matches!(phases[..], [Phase::Announced, Phase::Current { .. }]), "{phases:?}");
    let latest = latest_epochs(&Settings::new(&database.url()).unwrap()).await.unwrap();
    assert_eq!(latest.iter().map(|epoch| &epoch.sealed[..]).collect::<Vec<_>>(), [[2], [1]]);
}
