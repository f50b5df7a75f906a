//! Migrations of tables that hold something: how receipts become partitions, what keeps one of these from going, and orders that were voided.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, Row};
use tombola_domain::time::Timestamp;
use tombola_servers::Database;
use tombola_store::StoreError;
use tombola_store::lists::{ListEdit, Lists};
use tombola_store::reconciliation::{self as pass, Comparison, Reconciliation};
use tombola_store::retention::{Cursor, Expiry, Retention};
use tombola_store::{Operation, Result};
use tombola_store_postgres::{PostgresStore, Settings};

static MIGRATIONS: Migrator = sqlx::migrate!();
/// The last version without partitions.
const UNPARTED: i64 = 4;
/// More days than draws go into one partition.
const MONTH_MS: i64 = 31 * 24 * 60 * 60 * 1_000;

async fn connect(database: &Database) -> PgConnection {
    let options: PgConnectOptions = database.url().parse().unwrap();
    options.options([("search_path", "tombola")]).connect().await.unwrap()
}

async fn open(database: &Database) -> PostgresStore {
    tombola_store_postgres::open(Settings::new(&database.url()).unwrap()).await.unwrap()
}

async fn run(connection: &mut PgConnection, sql: impl Into<String>) {
    sqlx::raw_sql(AssertSqlSafe(sql.into())).execute(connection).await.unwrap();
}

async fn number(connection: &mut PgConnection, sql: &str) -> i64 {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_one(connection).await.unwrap().get(0)
}

/// Draws of a campaign at these positions, with all that hangs on them, as hosts write them.
fn drawn(campaign: &str, first: i64, last: i64) -> String {
    format!(
        "BEGIN; SELECT FROM committer FOR UPDATE; UPDATE committer SET position = {last};
         INSERT INTO draws (position, id, player, campaign, key, part, request, ordinal, revision, receipt, drawn_at)
         SELECT n, 'draw-' || n, 'alice', '{campaign}', n, 0, sha256(''), n, 1, sha256(''), 0 FROM generate_series({first}, {last}) n;
         INSERT INTO receipts SELECT n, sha256(CAST(CAST(n AS TEXT) AS BYTEA)) FROM generate_series({first}, {last}) n;
         INSERT INTO disclosures SELECT n, '{{}}' FROM generate_series({first}, {last}) n; COMMIT"
    )
}

/// A database as it was before receipts were parted.
async fn unparted() -> (Database, PgConnection) {
    let (database, mut connection) = of_version(UNPARTED).await;
    run(&mut connection, drawn("spring", 1, 5_000)).await;
    (database, connection)
}

/// An empty database of an earlier version.
async fn of_version(version: i64) -> (Database, PgConnection) {
    let database = Database::empty().await;
    let mut connection = connect(&database).await;
    run(&mut connection, "CREATE SCHEMA tombola").await;
    let options = database.url().parse::<PgConnectOptions>().unwrap().options([("search_path", "tombola")]);
    let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(options);
    MIGRATIONS.run_to(version, &pool).await.unwrap();
    pool.close().await;
    (database, connection)
}

async fn migrate(database: &Database) {
    tombola_store_postgres::migrate(&Settings::new(&database.url()).unwrap()).await.unwrap();
}

/// No row is written anew, none is lost, and a host of the version before draws on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_become_partitions_while_a_host_goes_on() {
    let (database, mut connection) = unparted().await;
    let files = "SELECT 'receipts'::regclass::oid::int8 + 'disclosures'::regclass::oid::int8";
    let before = number(&mut connection, files).await;
    let is_migrated = AtomicBool::new(false);
    let drawing = async {
        let mut older = connect(&database).await;
        let mut position = 5_000;
        for round in 0.. {
            position += 1;
            run(&mut older, drawn("spring", position, position)).await;
            if is_migrated.load(Ordering::Relaxed) && round > 20 {
                break;
            }
        }
        position
    };
    let migrating = async {
        migrate(&database).await;
        is_migrated.store(true, Ordering::Relaxed);
    };
    let (position, ()) = tokio::join!(drawing, migrating);
    let files = "SELECT 'receipts_0'::regclass::oid::int8 + 'disclosures_0'::regclass::oid::int8";
    assert_eq!(number(&mut connection, files).await, before, "they are the same tables");
    for table in ["receipts", "disclosures", "receipts_0"] {
        assert_eq!(number(&mut connection, &format!("SELECT count(*) FROM {table}")).await, position);
    }
    let right = "SELECT count(*) FROM receipts WHERE bytes = sha256(CAST(CAST(position AS TEXT) AS BYTEA))";
    assert_eq!(number(&mut connection, right).await, position);
    // A host that knows nothing of partitions goes on for as long as there is room, which is a million draws more.
    let room = "SELECT count(*) FROM pg_inherits WHERE inhparent IN ('receipts'::regclass, 'disclosures'::regclass)";
    assert_eq!(number(&mut connection, room).await, 4);
    run(&mut connection, drawn("spring", position + 1, position + 1_000)).await;
}

/// Wherever that was.
#[tokio::test]
async fn a_migration_that_was_broken_off_is_gone_on_with() {
    let noted = "DELETE FROM _sqlx_migrations WHERE version > 4";
    for broken in [
        "CREATE TABLE dropped_receipts (campaign TEXT COLLATE \"C\" PRIMARY KEY, position BIGINT NOT NULL CHECK (position >= 0),
                                        draws BIGINT NOT NULL CHECK (draws >= 0))",
        "ALTER TABLE receipts ADD CONSTRAINT receipts_end CHECK (position < 5500) NOT VALID;
         ALTER TABLE disclosures ADD CONSTRAINT disclosures_end CHECK (position < 5500) NOT VALID",
        "ALTER TABLE receipts ADD CONSTRAINT receipts_end CHECK (position < 5500);
         ALTER TABLE disclosures ADD CONSTRAINT disclosures_end CHECK (position < 5500) NOT VALID",
    ] {
        let (database, mut connection) = unparted().await;
        run(&mut connection, broken).await;
        migrate(&database).await;
        run(&mut connection, drawn("spring", 5_001, 6_000)).await;
        // All is done, and nobody noted it.
        run(&mut connection, noted).await;
        migrate(&database).await;
        assert_eq!(number(&mut connection, "SELECT count(*) FROM receipts_0").await, 6_000);
        open(&database).await.close().await;
    }
}

fn expiry(closed: &[&str]) -> Expiry {
    let closed = closed.iter().map(|campaign| campaign.parse().unwrap()).collect();
    let drawn_before = Timestamp::from_millis(i64::MAX);
    Expiry { activation: 0, closed, drawn_before, at: Cursor::default(), draws_max: 100 }
}

/// All steps, and how many receipts went.
async fn drop_all(store: &PostgresStore, closed: &[&str]) -> Result<u64> {
    let (mut expiry, mut gone) = (expiry(closed), 0);
    loop {
        let dropped = store.drop_receipts(&expiry).await?;
        gone += dropped.draws.values().sum::<u64>();
        let Some(next) = dropped.next else { return Ok(gone) };
        expiry.at = next;
    }
}

async fn make_room(store: &PostgresStore, months: i64) {
    while store.make_room(Timestamp::from_millis(months * MONTH_MS)).await.unwrap() {}
}

/// It goes as a whole, once there is nothing in it that has to stay, and those before and after it stay.
#[tokio::test]
async fn a_partition_goes_when_all_campaigns_in_it_may() {
    let database = Database::migrated().await;
    let (store, mut connection) = (open(&database).await, connect(&database).await);
    for (month, campaign) in [(1, "spring"), (2, "autumn"), (3, "spring"), (4, "spring")] {
        let first = (month - 1) * 300;
        run(&mut connection, drawn(campaign, first + 1, first + 200)).await;
        let also = if month < 4 { "spring" } else { "autumn" };
        run(&mut connection, drawn(also, first + 201, first + 300)).await;
        make_room(&store, month).await;
    }
    let left = "SELECT count(*) FROM receipts";
    assert_eq!(drop_all(&store, &["winter"]).await.unwrap(), 0);
    assert_eq!(drop_all(&store, &["spring"]).await.unwrap(), 600, "the first and the third");
    assert_eq!(number(&mut connection, left).await, 600);
    assert_eq!(drop_all(&store, &["autumn"]).await.unwrap(), 0);
    assert_eq!(drop_all(&store, &["autumn", "spring"]).await.unwrap(), 600);
    assert_eq!(number(&mut connection, left).await, 0);
    let dropped: BTreeMap<_, _> =
        store.dropped_receipts().await.unwrap().into_iter().map(|(name, draws)| (name.to_string(), draws)).collect();
    assert_eq!(dropped, [("autumn".to_owned(), 300), ("spring".to_owned(), 900)].into());
    run(&mut connection, drawn("spring", 1_201, 1_300)).await;
    assert_eq!(drop_all(&store, &["autumn", "spring"]).await.unwrap(), 0, "into this one draws still go");
    // All of them are looked at, and there are more ahead.
    let parted = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'receipts'::regclass";
    assert_eq!(number(&mut connection, parted).await, 2);
}

async fn write(store: &PostgresStore) {
    let edit = ListEdit { add: vec!["bob".parse().unwrap()], remove: vec![] };
    let operation = Operation {
        actor: "alice".to_owned(),
        key: None,
        request: tombola_domain::digest::Digest::of(b"request"),
        at: Timestamp::from_millis(0),
        reason: tombola_domain::reason::Reason::default(),
    };
    store.edit_list(&operation, &"vip".parse().unwrap(), &edit, false).await.unwrap();
}

/// Nobody waits for it: what would have to is put off, and there is more room all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_for_long_keeps_partitions_and_no_host() {
    let database = Database::migrated().await;
    let (store, mut connection) = (open(&database).await, connect(&database).await);
    run(&mut connection, drawn("spring", 1, 100)).await;
    make_room(&store, 1).await;
    run(&mut connection, drawn("spring", 101, 200)).await;
    let mut dump = connect(&database).await;
    let mut reading = dump.begin().await.unwrap();
    sqlx::raw_sql("SELECT count(*) FROM receipts, disclosures").fetch_one(&mut *reading).await.unwrap();
    let refused = drop_all(&store, &["spring"]).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    let refused = store.make_room(Timestamp::from_millis(2 * MONTH_MS)).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    write(&store).await;
    // The last partition begins to be used.
    let last = number(
        &mut connection,
        "SELECT max(CAST(substr(relname, 10) AS BIGINT)) FROM pg_class WHERE relispartition AND relname LIKE 'receipts\\__%' AND relkind = 'r'",
    )
    .await;
    run(&mut connection, drawn("spring", last, last)).await;
    assert!(store.make_room(Timestamp::from_millis(0)).await.unwrap(), "there is more room");
    assert!(!store.make_room(Timestamp::from_millis(0)).await.unwrap());
    write(&store).await;
    reading.commit().await.unwrap();
    assert_eq!(drop_all(&store, &["spring"]).await.unwrap(), 200);
}

/// Nothing that it began is left, and the next host does it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_was_fenced_drops_nothing() {
    let database = Database::migrated().await;
    let (store, mut connection) = (open(&database).await, connect(&database).await);
    run(&mut connection, drawn("spring", 1, 100)).await;
    make_room(&store, 1).await;
    run(&mut connection, "UPDATE hosts SET state = 'fenced'").await;
    let refused = drop_all(&store, &["spring"]).await;
    assert!(matches!(refused, Err(StoreError::Fenced)), "{refused:?}");
    assert_eq!(number(&mut connection, "SELECT count(*) FROM receipts").await, 100);
    assert_eq!(drop_all(&open(&database).await, &["spring"]).await.unwrap(), 100);
}

/// One order that stands and one that was voided when its units went back by being issued no more. What such orders are paid by is not looked
/// at here.
const VOIDED_THE_OLD_WAY: &str = "
    SET session_replication_role = replica;
    INSERT INTO stock (campaign, prize, allotted, issued) VALUES ('spring', 'five', 9, 1), ('spring', 'mug', 4, 0);
    INSERT INTO stock_changes (campaign, prize, change, reason, actor, at)
    VALUES ('spring', 'five', 9, 'opening stock', 'ann', 0), ('spring', 'mug', 4, 'opening stock', 'ann', 0);
    INSERT INTO orders (id, player, campaign, key, request, sku, quantity, stocked, chances, unit, price, posting, ordered_at, voided_at)
    VALUES ('one', 'alice', 'spring', '1', sha256(''), 'five', 1, 1, 5, 'points', 30, 1, 0, NULL),
           ('two', 'alice', 'spring', '2', sha256(''), 'five', 2, 1, 10, 'points', 60, 2, 0, 7),
           ('three', 'alice', 'spring', '3', sha256(''), 'endless', 3, 0, 15, 'points', 90, 3, 0, 7);
    RESET session_replication_role";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_that_were_voided_keep_their_units_from_now_on() {
    let (database, mut connection) = of_version(5).await;
    run(&mut connection, VOIDED_THE_OLD_WAY).await;
    migrate(&database).await;
    let levels = "SELECT string_agg(prize || ' ' || allotted || ' ' || issued, ', ' ORDER BY prize) FROM stock";
    let levels: String = sqlx::raw_sql(levels).fetch_one(&mut connection).await.unwrap().get(0);
    assert_eq!(levels, "five 11 3, mug 4 0");
    let store = open(&database).await;
    let (mut next, mut found) = (Some(pass::Cursor::default()), Vec::new());
    while let Some(cursor) = next {
        let compared = store.compare(cursor).await.unwrap();
        let of_stock = [Comparison::Stock, Comparison::StockAllotted];
        found.extend(compared.findings.into_iter().filter(|finding| of_stock.contains(&finding.comparison)));
        next = compared.next;
    }
    assert_eq!(found, []);
    store.close().await;
}
