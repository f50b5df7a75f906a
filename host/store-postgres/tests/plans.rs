//! How the server finds what it is asked for while a database is new.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use sqlx::{Connection, Executor, PgConnection};
use tombola_servers::Database;
use tombola_store::draws::{Draws, SnapshotQuery};
use tombola_store_postgres::{PostgresStore, Settings};

/// Snapshots before and after draws are there: more than a statement is planned for before its plan is kept.
const SNAPSHOTS: i64 = 20;

/// As many draws as a busy minute leaves behind before the server first counts them.
const FILL: &str = "
    SET session_replication_role = replica;
    INSERT INTO draws (position, id, player, campaign, key, part, request, ordinal, revision, receipt, drawn_at)
    SELECT n, 'draw-' || n, 'player-' || n, 'spring', 'key', 0, sha256(''), 1, 1, sha256(''), 0 FROM generate_series(1, 20000) n;
    INSERT INTO participations (player, campaign, version, draws, month, month_count, day, day_count)
    SELECT 'player-' || n, 'spring', 1, 1, 0, 1, 0, 1 FROM generate_series(1, 20000) n";

async fn look(store: &PostgresStore) {
    for number in 0..SNAPSHOTS {
        let query = SnapshotQuery {
            campaign: "spring".parse().unwrap(),
            player: format!("player-{number}").parse().unwrap(),
            key: "another".parse().unwrap(),
            lists: vec![],
            wins: vec![],
            day: 0,
        };
        store.snapshot(&query).await.unwrap();
    }
}

/// How often each of two tables was gone through, and how often asked by an index.
async fn scans(connection: &mut PgConnection) -> Vec<(String, i64, i64)> {
    let found = sqlx::query_as(
        "SELECT relname::text, seq_scan, idx_scan FROM pg_stat_user_tables
         WHERE relname IN ('draws', 'participations') ORDER BY relname",
    );
    found.fetch_all(connection).await.unwrap()
}

/// Whatever the server knew of the tables when it planned the statement.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_snapshot_goes_through_what_has_grown_since() {
    let database = Database::migrated().await;
    let store = tombola_store_postgres::open(Settings::new(&database.url()).unwrap()).await.unwrap();
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    connection.execute("SET search_path = tombola").await.unwrap();
    look(&store).await;
    connection.execute(FILL).await.unwrap();
    look(&store).await;
    store.close().await;
    // What its connections did is told as they end.
    let told = loop {
        let scans = scans(&mut connection).await;
        if scans.iter().all(|(_, by_table, by_index)| by_table + by_index >= 2 * SNAPSHOTS) {
            break scans;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(told.iter().all(|(_, by_table, _)| *by_table == 0), "{told:?}");
}
