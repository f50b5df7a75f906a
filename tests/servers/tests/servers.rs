//! Servers are there when they are asked for, and gone with whoever asked.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection, Row};
use tokio::time::timeout;
use tombola_servers::{Database, End, Fate, Place, Pooler, Postgres, PostgresPair, Proxy, RedisPair};

/// How long what is not to come is waited for.
const A_WHILE: Duration = Duration::from_millis(300);

async fn connect(url: &str) -> PgConnection {
    let options: PgConnectOptions = url.parse().unwrap();
    options.options([("search_path", "tombola")]).connect().await.unwrap()
}

async fn position(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar("SELECT position FROM tombola.committer").fetch_one(connection).await.unwrap()
}

async fn advance(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let advance = "BEGIN; UPDATE tombola.committer SET position = position + 1; COMMIT";
    sqlx::raw_sql(advance).execute(connection).await.map(drop)
}

#[tokio::test]
async fn databases_know_nothing_of_each_other() {
    let (one, other, empty) = (Database::migrated().await, Database::migrated().await, Database::empty().await);
    let (mut one, mut other, mut empty) =
        (connect(&one.url()).await, connect(&other.url()).await, connect(&empty.url()).await);
    sqlx::query("UPDATE committer SET position = 7").execute(&mut one).await.unwrap();
    assert_eq!(position(&mut other).await, 0);
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'tombola'";
    let tables: i64 = sqlx::query_scalar(tables).fetch_one(&mut empty).await.unwrap();
    assert_eq!(tables, 0);
}

#[tokio::test]
async fn what_was_committed_outlives_a_crash() {
    let postgres = Postgres::start();
    let mut connection = connect(&postgres.url("postgres")).await;
    sqlx::raw_sql("CREATE TABLE public.t AS SELECT 1").execute(&mut connection).await.unwrap();
    postgres.crash();
    assert!(sqlx::query("SELECT 1").execute(&mut connection).await.is_err());
    postgres.start_again();
    let mut connection = connect(&postgres.url("postgres")).await;
    sqlx::query("SELECT * FROM public.t").fetch_one(&mut connection).await.unwrap();
}

#[tokio::test]
async fn what_was_answered_outlives_the_server_that_answered() {
    let mut pair = PostgresPair::start();
    let database = pair.database().await;
    let mut connection = connect(&pair.url(&database)).await;
    for end in [End::Stopped, End::Killed] {
        advance(&mut connection).await.unwrap();
        pair.restart(end);
        assert!(advance(&mut connection).await.is_err(), "it was hung up on");
        connection = connect(&pair.url(&database)).await;
    }
    // Nothing is answered that one has alone.
    pair.stop_following();
    let mut other = connect(&pair.url(&database)).await;
    assert!(timeout(A_WHILE, advance(&mut other)).await.is_err());
    assert_eq!(position(&mut connection).await, 2);
    pair.fail_over();
    let mut connection = connect(&pair.url(&database)).await;
    assert_eq!(position(&mut connection).await, 2, "nobody was told of more");
    advance(&mut connection).await.unwrap();
    // And back.
    pair.pair();
    advance(&mut connection).await.unwrap();
    pair.fail_over();
    let mut connection = connect(&pair.url(&database)).await;
    assert_eq!(position(&mut connection).await, 4);
    let next = pair.database().await;
    assert_eq!(position(&mut connect(&pair.url(&next)).await).await, 0);
    assert!(PgConnection::connect(&pair.url(&database)).await.is_err(), "the one before is gone");
}

#[tokio::test]
async fn a_proxy_loses_connections_and_leads_elsewhere() {
    let (one, other) = (Database::migrated().await, Postgres::start());
    let proxy = Proxy::before(Place::Socket(one.socket())).await;
    let mut direct = connect(&one.url()).await;
    for (fate, expected) in [(Fate::Goes, 1), (Fate::EndsBefore, 1), (Fate::EndsAfter, 2)] {
        let mut connection = connect(&proxy.url(one.name())).await;
        proxy.decide(&[fate]);
        assert_eq!(advance(&mut connection).await.is_ok(), fate == Fate::Goes, "{fate:?}");
        assert_eq!(position(&mut direct).await, expected, "{fate:?}");
        assert_eq!(proxy.next_fate(), Fate::Goes);
    }
    let mut connection = connect(&proxy.url(one.name())).await;
    proxy.cut();
    assert!(sqlx::query("SELECT 1").execute(&mut connection).await.is_err());
    let mut connection = connect(&proxy.url(one.name())).await;
    proxy.fall_silent();
    assert!(timeout(A_WHILE, sqlx::query("SELECT 1").execute(&mut connection)).await.is_err());
    proxy.lead_to(Place::Socket(other.socket()));
    assert!(PgConnection::connect(&proxy.url(one.name())).await.is_err(), "it is not there");
    connect(&proxy.url("postgres")).await;
    other.crash();
    assert!(PgConnection::connect(&proxy.url("postgres")).await.is_err());
}

/// What was said on a connection may be said on another one next time.
#[tokio::test]
async fn a_pooler_gives_each_transaction_a_connection() {
    let database = Database::migrated().await;
    let pooler = Pooler::before(&database.socket());
    let address = pooler.url(database.name()).replace("&pooler=transaction", "");
    let options: PgConnectOptions = address.parse().unwrap();
    let options = options.extra_float_digits(None).statement_cache_capacity(0);
    let (mut one, mut other) = (options.connect().await.unwrap(), options.connect().await.unwrap());
    let mut servers = Vec::new();
    for connection in [&mut one, &mut other] {
        let row = sqlx::raw_sql("SELECT pg_backend_pid()").fetch_one(connection).await.unwrap();
        servers.push(row.get::<i32, _>(0));
    }
    assert_eq!(servers[0], servers[1], "nobody kept it in between");
}

#[test]
fn a_replica_of_redis_takes_the_others_place() {
    let mut pair = RedisPair::start();
    assert_eq!(pair.primary().ask(&["SET", "key", "value"]), "OK");
    wait_until_the_other_has_it(&mut pair);
    let before = pair.primary().address();
    pair.fail_over();
    assert_ne!(pair.primary().address(), before);
    assert_eq!(pair.primary().ask(&["GET", "key"]), "value");
    // Whoever follows anew has all of it.
    pair.pair();
    pair.fail_over();
    assert_eq!((pair.primary().address(), &*pair.primary().ask(&["GET", "key"])), (before, "value"));
}

/// `WAIT` would not do: it looks at what its own connection has written.
fn wait_until_the_other_has_it(pair: &mut RedisPair) {
    loop {
        let told = pair.primary().ask(&["INFO", "replication"]);
        let written = told.lines().find_map(|line| line.strip_prefix("master_repl_offset:")).unwrap().trim_end();
        if told.contains(&format!(",offset={written},")) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Where the next test finds its server.
const SOCKET: &str = "socket: ";

#[test]
#[ignore = "a process of the next test, which kills it"]
fn holds_a_server() {
    let postgres = Postgres::start();
    println!("{SOCKET}{}", postgres.socket().display());
    std::thread::sleep(Duration::MAX);
}

#[test]
fn a_server_ends_with_its_test_though_that_was_killed() {
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "holds_a_server", "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(holder.stdout.take().unwrap()).lines().map(Result::unwrap);
    let line = lines.find(|line| line.contains(SOCKET)).unwrap();
    let socket = Path::new(line.split_once(SOCKET).unwrap().1);
    UnixStream::connect(socket).unwrap();
    holder.kill().unwrap();
    holder.wait().unwrap();
    while socket.parent().unwrap().exists() {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(UnixStream::connect(socket).is_err());
}
