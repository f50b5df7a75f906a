//! A server that crashes, vanishes or is lost to its replica.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::{Connection, PgConnection};
use tombola_domain::digest::Digest;
use tombola_domain::reason::Reason;
use tombola_domain::time::Timestamp;
use tombola_servers::{End, Place, PostgresPair, Proxy};
use tombola_store::draws::{Draws, SnapshotQuery};
use tombola_store::lists::{ListEdit, ListError, Lists};
use tombola_store::{Operation, StoreError};
use tombola_store_postgres::{PostgresStore, Settings};

/// Long enough for what goes well, and short for what does not.
const DEADLINE: Duration = Duration::from_millis(700);

/// Connections that a host reads snapshots on, each of which learns by itself that a server has vanished.
const SNAPSHOT_READERS: usize = 2;

/// A pair, a proxy before the one that takes writes, and a host that comes by way of that.
async fn begin() -> (PostgresPair, Proxy, PostgresStore) {
    let mut pair = PostgresPair::start();
    let database = pair.database().await;
    let proxy = Proxy::before(Place::Socket(pair.socket())).await;
    let store = open(&proxy.url(&database)).await;
    (pair, proxy, store)
}

async fn open(url: &str) -> PostgresStore {
    let mut settings = Settings::new(url).unwrap();
    (settings.deadline, settings.list_deadline) = (DEADLINE, DEADLINE);
    tombola_store_postgres::open(settings).await.unwrap()
}

async fn add_player(store: &PostgresStore, number: u32) -> Result<u64, ListError> {
    let operation = Operation {
        actor: "alice".to_owned(),
        key: None,
        request: Digest::of(b"request"),
        at: Timestamp::from_millis(0),
        reason: Reason::default(),
    };
    let edit = ListEdit { add: vec![format!("player-{number}").parse().unwrap()], remove: vec![] };
    store.edit_list(&operation, &"vip".parse().unwrap(), &edit, false).await.map(|done| done.result.size)
}

/// The same, as often as the server can't be had.
async fn add_player_at_last(store: &PostgresStore, number: u32) -> u64 {
    loop {
        match add_player(store, number).await {
            Ok(size) => return size,
            Err(ListError::Store(StoreError::Unavailable(_))) => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(error) => panic!("{error}"),
        }
    }
}

/// As a host sees it; `None` where it sees nothing.
async fn size(store: &PostgresStore) -> Option<u64> {
    match store.list(&"vip".parse().unwrap()).await {
        Ok(list) => Some(list.map_or(0, |list| list.size)),
        Err(StoreError::Unavailable(_)) => None,
        Err(error) => panic!("{error}"),
    }
}

fn query() -> SnapshotQuery {
    SnapshotQuery {
        campaign: "spring".parse().unwrap(),
        player: "player".parse().unwrap(),
        key: "key".parse().unwrap(),
        lists: Vec::new(),
        wins: Vec::new(),
        day: 0,
    }
}

async fn size_at_last(store: &PostgresStore) -> u64 {
    loop {
        match size(store).await {
            Some(size) => return size,
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// Commits something that the replica never gets, and crashes: the server is there again, and so is what was committed.
async fn commit_alone(pair: &PostgresPair, store: &PostgresStore) {
    assert_eq!(add_player(store, 1).await.unwrap(), 1);
    pair.stop_following();
    assert!(matches!(add_player(store, 2).await, Err(ListError::Store(StoreError::Unavailable(_)))));
    assert_eq!(size(store).await, Some(1), "nobody sees what nobody was told");
    pair.restart(End::Killed);
}

/// It would be answered to whoever asks again under its key, and then be lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_has_alone_is_not_read_from_it() {
    let (mut pair, proxy, store) = begin().await;
    commit_alone(&pair, &store).await;
    // Each connection learns of the crash once.
    for _ in 0..3 {
        assert_eq!(size(&store).await, None);
    }
    pair.fail_over();
    proxy.lead_to(Place::Socket(pair.socket()));
    assert_eq!(size_at_last(&store).await, 1);
    assert_eq!(add_player_at_last(&store, 2).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_had_alone_is_read_once_its_replica_has_it() {
    let (pair, _proxy, store) = begin().await;
    commit_alone(&pair, &store).await;
    assert_eq!(size(&store).await, None);
    pair.follow();
    assert_eq!(size_at_last(&store).await, 2);
}

/// Nobody hangs up, in whatever a host is about to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_vanished_is_not_waited_for() {
    let (mut pair, proxy, store) = begin().await;
    add_player(&store, 1).await.unwrap();
    // Before it begins to write, or reads.
    proxy.fall_silent();
    assert!(add_player(&store, 2).await.is_err());
    assert_eq!(add_player_at_last(&store, 2).await, 2);
    proxy.fall_silent();
    for _ in 0..SNAPSHOT_READERS {
        assert!(store.snapshot(&query()).await.is_err());
    }
    while store.snapshot(&query()).await.is_err() {}
    // As it commits, with another one in its place.
    assert_eq!(add_player_at_last(&store, 2).await, 2);
    let write = store.writer().begin().await.unwrap();
    proxy.fall_silent();
    pair.fail_over();
    proxy.lead_to(Place::Socket(pair.socket()));
    assert!(matches!(write.commit().await, Err(StoreError::Unavailable(_))));
    assert_eq!(add_player_at_last(&store, 3).await, 3);
}

/// A host that is silent is taken for dead, and what is told to hosts while the replica is away is heard once it is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_give_signs_of_life_while_the_replica_is_away() {
    let mut pair = PostgresPair::start();
    let database = pair.database().await;
    let url = pair.url(&database);
    let _store = open(&url).await;
    pair.stop_following();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let mut beats = BTreeSet::new();
    while beats.len() < 3 {
        let beat = sqlx::query_scalar::<_, i64>("SELECT beat FROM tombola.pulses").fetch_one(&mut connection).await;
        beats.insert(beat.unwrap());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
