//! Servers are there when they are asked for, and gone with whoever asked.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};
use tombola_servers::{Database, Postgres};

async fn connect(url: &str) -> PgConnection {
    let options: PgConnectOptions = url.parse().unwrap();
    options.options([("search_path", "tombola")]).connect().await.unwrap()
}

#[tokio::test]
async fn databases_know_nothing_of_each_other() {
    let (one, other, empty) = (Database::migrated().await, Database::migrated().await, Database::empty().await);
    let (mut one, mut other, mut empty) =
        (connect(&one.url()).await, connect(&other.url()).await, connect(&empty.url()).await);
    sqlx::query("UPDATE committer SET position = 7").execute(&mut one).await.unwrap();
    let position: i64 = sqlx::query_scalar("SELECT position FROM committer").fetch_one(&mut other).await.unwrap();
    assert_eq!(position, 0);
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
