use std::sync::Arc;
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection};
use tombola_servers::{Database, Fate, Place, Postgres, Proxy};

use super::Writes::{Beside, OfTheHost};
use super::*;
use crate::hosts;
use crate::open::open;
use crate::settings::Settings;

fn server(url: &str) -> (Server, Settings) {
    let settings = Settings::new(url).unwrap();
    (Server::new(settings.clone()), settings)
}

/// Stands before a database, and loses connections.
async fn proxy(database: &Database) -> (Proxy, String) {
    let proxy = Proxy::before(Place::Socket(database.socket())).await;
    let url = proxy.url(database.name());
    (proxy, url)
}

/// Writes a unit of this name, and says what came of it.
async fn write(server: &Server, connection: &mut PgConnection, fence: i64, name: &str) -> Ended {
    let begun = async {
        let committer = begin(server, connection, fence, OfTheHost).await?.unwrap();
        let unit = sqlx::query("INSERT INTO units (name, title) VALUES ($1, '')").bind(name);
        unit.execute(&mut *connection).await.map(|_| committer)
    };
    match begun.await {
        Ok(committer) => commit(server, connection, fence, (OfTheHost, committer.write)).await,
        // The connection is lost before the commit.
        Err(error) => {
            assert_eq!(Failure::of(&error), Failure::Lost);
            Ended { outcome: Outcome::Undone, error: Some(error) }
        }
    }
}

async fn fence(server: &Server, host: i64) {
    let mut connection = server.connect(Purpose::Write).await.unwrap();
    let end = hosts::end(server, host, "fenced", "true");
    let rows = sqlx::raw_sql(AssertSqlSafe(end)).fetch_all(&mut connection).await.unwrap();
    assert_eq!(hosts::fenced(&rows), [host.unsigned_abs()]);
}

async fn is_there(server: &Server, name: &str) -> bool {
    let mut connection = server.connect(Purpose::Read).await.unwrap();
    let there = sqlx::query_scalar("SELECT EXISTS (SELECT FROM units WHERE name = $1)").bind(name);
    there.fetch_one(&mut connection).await.unwrap()
}

#[tokio::test]
async fn a_write_is_numbered_and_holds_the_row() {
    let database = Database::migrated().await;
    let (server, settings) = server(&database.url());
    let (mut writer, fence) = open(&settings, &server).await.unwrap();
    for number in 1..4 {
        let committer = begin(&server, &mut writer, fence, OfTheHost).await.unwrap().unwrap();
        assert_eq!(committer, Committer { activation: 0, position: 0, write: number });
        assert_eq!(commit(&server, &mut writer, fence, (OfTheHost, number)).await.outcome, Outcome::Committed);
    }
    begin(&server, &mut writer, fence, OfTheHost).await.unwrap();
    let mut other = server.connect(Purpose::Read).await.unwrap();
    let locked = "SET default_transaction_read_only = off; SELECT fence FROM committer FOR UPDATE NOWAIT";
    assert!(sqlx::raw_sql(locked).execute(&mut other).await.is_err());
}

#[tokio::test]
async fn a_write_beside_the_host_is_not_taken_for_one_of_its_own() {
    let database = Database::migrated().await;
    let (proxy, url) = proxy(&database).await;
    let ((direct, settings), (lossy, _)) = (server(&database.url()), server(&url));
    let (mut writer, fence) = open(&settings, &direct).await.unwrap();
    let undone = begin(&direct, &mut writer, fence, OfTheHost).await.unwrap().unwrap();
    sqlx::raw_sql("ROLLBACK").execute(&mut writer).await.unwrap();
    let mut beside = lossy.connect(Purpose::Write).await.unwrap();
    let committer = begin(&lossy, &mut beside, fence, Beside).await.unwrap().unwrap();
    assert_eq!(commit(&lossy, &mut beside, fence, (Beside, committer.write)).await.outcome, Outcome::Committed);
    assert_eq!(resolve(&direct, fence, undone.write).await, Outcome::Undone);
    // Nor does the one beside know of its own.
    let committer = begin(&lossy, &mut beside, fence, Beside).await.unwrap().unwrap();
    proxy.decide(&[Fate::EndsAfter]);
    assert_eq!(commit(&lossy, &mut beside, fence, (Beside, committer.write)).await.outcome, Outcome::Unknown);
}

#[tokio::test]
async fn hosts_write_in_turn_until_they_are_fenced() {
    let database = Database::migrated().await;
    let (server, settings) = server(&database.url());
    let (mut older, before) = open(&settings, &server).await.unwrap();
    assert_eq!(write(&server, &mut older, before, "one").await.outcome, Outcome::Committed);
    let (mut newer, after) = open(&settings, &server).await.unwrap();
    assert_eq!(after, before + 1);
    for round in 0..2 {
        assert_eq!(write(&server, &mut older, before, &format!("older-{round}")).await.outcome, Outcome::Committed);
        assert_eq!(write(&server, &mut newer, after, &format!("newer-{round}")).await.outcome, Outcome::Committed);
    }
    fence(&server, before).await;
    assert_eq!(begin(&server, &mut older, before, OfTheHost).await.unwrap(), None);
    sqlx::raw_sql("ROLLBACK").execute(&mut older).await.unwrap();
    assert_eq!(write(&server, &mut newer, after, "two").await.outcome, Outcome::Committed);
}

/// Who is fenced waits for the committer's row while that happens, and sees it all the same once it has the row.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_waits_while_it_is_fenced_begins_nothing() {
    let database = Database::migrated().await;
    let (server, settings) = server(&database.url());
    let (mut waiting, host) = open(&settings, &server).await.unwrap();
    let mut fencing = server.connect(Purpose::Write).await.unwrap();
    let end = hosts::end(&server, host, "fenced", "true");
    let uncommitted = end.strip_suffix("; COMMIT").unwrap().to_owned();
    sqlx::raw_sql(AssertSqlSafe(uncommitted)).execute(&mut fencing).await.unwrap();
    let begun = tokio::spawn({
        let server = server.clone();
        async move { begin(&server, &mut waiting, host, OfTheHost).await }
    });
    let mut other = server.connect(Purpose::Read).await.unwrap();
    let waits =
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')";
    while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut other).await.unwrap() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    sqlx::raw_sql("COMMIT").execute(&mut fencing).await.unwrap();
    assert_eq!(begun.await.unwrap().unwrap(), None);
}

#[tokio::test]
async fn a_transaction_in_which_a_statement_failed_is_not_committed() {
    let database = Database::migrated().await;
    let (server, settings) = server(&database.url());
    let (mut writer, fence) = open(&settings, &server).await.unwrap();
    let committer = begin(&server, &mut writer, fence, OfTheHost).await.unwrap().unwrap();
    assert!(sqlx::query("INSERT INTO units VALUES ('points', 'again')").execute(&mut writer).await.is_err());
    assert_eq!(commit(&server, &mut writer, fence, (OfTheHost, committer.write)).await.outcome, Outcome::Undone);
    sqlx::raw_sql("ROLLBACK").execute(&mut writer).await.unwrap();
    // What is looked for at the end of the transaction only.
    let committer = begin(&server, &mut writer, fence, OfTheHost).await.unwrap().unwrap();
    sqlx::query("INSERT INTO campaigns (name, live) VALUES ('spring', 1)").execute(&mut writer).await.unwrap();
    assert_eq!(commit(&server, &mut writer, fence, (OfTheHost, committer.write)).await.outcome, Outcome::Undone);
}

/// As of a host that was stopped in the middle: everyone waits for it, but not for long, and it is no worse off for that afterwards.
#[tokio::test]
async fn a_transaction_that_says_nothing_is_ended() {
    let database = Database::migrated().await;
    let (server, settings) = server(&database.url());
    let ((mut silent, host), (mut other, next)) =
        (open(&settings, &server).await.unwrap(), open(&settings, &server).await.unwrap());
    begin(&server, &mut silent, host, OfTheHost).await.unwrap().unwrap();
    assert_eq!(write(&server, &mut other, next, "meanwhile").await.outcome, Outcome::Committed);
    let ended = commit(&server, &mut silent, host, (OfTheHost, 1)).await;
    assert_eq!((ended.outcome, Failure::of(&ended.error.unwrap())), (Outcome::Undone, Failure::Lost));
    let mut again = server.connect(Purpose::Write).await.unwrap();
    assert_eq!(write(&server, &mut again, host, "afterwards").await.outcome, Outcome::Committed);
}

#[tokio::test]
async fn beside_a_pooler_each_transaction_says_what_holds() {
    let database = Database::migrated().await;
    let (_, settings) = server(&database.url());
    let server = Server::new(Settings { pooled: true, ..settings.clone() });
    let (mut connection, host) = open(&settings, &server).await.unwrap();
    sqlx::raw_sql("RESET ALL").execute(&mut connection).await.unwrap();
    let committer = begin(&server, &mut connection, host, OfTheHost).await.unwrap().unwrap();
    let timeout: String = sqlx::query_scalar("SHOW lock_timeout").fetch_one(&mut connection).await.unwrap();
    assert_eq!(timeout, "5s");
    assert_eq!(commit(&server, &mut connection, host, (OfTheHost, committer.write)).await.outcome, Outcome::Committed);
    let path: String = sqlx::query_scalar("SHOW search_path").fetch_one(&mut connection).await.unwrap();
    assert!(!path.contains("tombola"));
}

#[tokio::test]
async fn what_came_of_a_commit_is_known_though_its_answer_was_lost() {
    let database = Database::migrated().await;
    let (proxy, url) = proxy(&database).await;
    let (lossy, settings) = server(&url);
    let (direct, _) = server(&database.url());
    let (writer, fence) = open(&settings, &lossy).await.unwrap();
    writer.close().await.unwrap();
    let fates = [Fate::EndsBefore, Fate::EndsMeanwhile, Fate::EndsAfter];
    for round in 0..60 {
        // Every other time what looks for the outcome meets the like.
        let (fate, next) = (fates[round % 3], [Fate::Goes, fates[round / 6 % 3]][round % 2]);
        let name = format!("round-{round}");
        let mut writer = lossy.connect(Purpose::Write).await.unwrap();
        proxy.decide(&[fate, next]);
        let ended = write(&lossy, &mut writer, fence, &name).await;
        let expected = if is_there(&direct, &name).await { Outcome::Committed } else { Outcome::Undone };
        assert_eq!(ended.outcome, expected, "{fate:?}, {next:?}");
        assert!(ended.error.is_some());
        match fate {
            Fate::EndsBefore => assert_eq!(expected, Outcome::Undone),
            Fate::EndsAfter => assert_eq!(expected, Outcome::Committed),
            // Whether the server goes on with what it was asked when nobody is there any more is its own affair.
            Fate::EndsMeanwhile | Fate::Goes => {}
        }
        assert!(proxy.next_fate() == Fate::Goes);
    }
}

#[tokio::test]
async fn who_was_fenced_meanwhile_is_told_so() {
    let database = Database::migrated().await;
    let (_proxy, url) = proxy(&database).await;
    let (lossy, settings) = server(&url);
    let (mut writer, host) = open(&settings, &lossy).await.unwrap();
    let committer = begin(&lossy, &mut writer, host, OfTheHost).await.unwrap().unwrap();
    assert!(commit(&lossy, &mut writer, host, (OfTheHost, committer.write)).await.error.is_none());
    let (direct, _) = server(&database.url());
    fence(&direct, host).await;
    assert_eq!(resolve(&lossy, host, committer.write).await, Outcome::Fenced);
}

/// A commit that takes its time meets the end of the server somewhere on its way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_of_a_commit_is_known_though_the_server_crashed() {
    const COMMIT_MICROS: u64 = 60_000;
    const ROUNDS: u64 = 5;
    let postgres = Arc::new(Postgres::start());
    let (server, settings) = server(&postgres.url("postgres"));
    crate::open::migrate(&settings).await.unwrap();
    let mut first = server.connect(Purpose::Write).await.unwrap();
    for setting in [format!("commit_delay = {COMMIT_MICROS}"), "commit_siblings = 0".to_owned()] {
        let always = format!("ALTER ROLE tombola SET {setting}");
        sqlx::raw_sql(AssertSqlSafe(always)).execute(&mut first).await.unwrap();
    }
    let (mut writer, fence) = open(&settings, &server).await.unwrap();
    for round in 0..ROUNDS {
        let name = format!("round-{round}");
        let crashing = Arc::clone(&postgres);
        let crash = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_micros(COMMIT_MICROS * 2 * round / ROUNDS)).await;
            let crashed = tokio::task::spawn_blocking(move || {
                crashing.crash();
                crashing.start_again();
            });
            crashed.await.unwrap();
        });
        // Up to the crash, which comes within one of these.
        let mut part = 0;
        loop {
            part += 1;
            let name = format!("{name}-{part}");
            let ended = write(&server, &mut writer, fence, &name).await;
            let Some(error) = ended.error else { continue };
            let expected = if ended.outcome == Outcome::Committed { "is there" } else { "is not there" };
            let mut reader = server.reconnect(Purpose::Read).await;
            let there = sqlx::query_scalar("SELECT EXISTS (SELECT FROM units WHERE name = $1)").bind(&name);
            let there: bool = there.fetch_one(&mut reader).await.unwrap();
            assert_eq!(if there { "is there" } else { "is not there" }, expected, "{name}: {error}");
            assert!([Outcome::Committed, Outcome::Undone].contains(&ended.outcome), "{:?}", ended.outcome);
            break;
        }
        crash.await.unwrap();
        writer = server.reconnect(Purpose::Write).await;
    }
}
