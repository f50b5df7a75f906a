use sqlx::AssertSqlSafe;
use tombola_servers::Database;

use super::*;

async fn change(settings: &Settings, sql: &str) {
    let mut connection = Server::new(settings.clone()).reach(Purpose::Migrate).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
}

fn refused<T>(result: Result<T, OpenError>) -> Option<Finding> {
    match result {
        Err(OpenError::Refused { finding, .. }) => Some(finding),
        _ => None,
    }
}

async fn opened(settings: &Settings) -> Result<i64, OpenError> {
    open(settings, &Server::new(settings.clone())).await.map(|(_, fence)| fence)
}

#[tokio::test]
async fn a_database_is_migrated_when_that_is_asked_for() {
    let database = Database::empty().await;
    let settings = Settings::new(&database.url()).unwrap();
    let needed = migrations::version();
    assert_eq!(refused(opened(&settings).await), Some(Finding::Pending { found: 0, needed }));
    // Hosts that start together.
    let (one, other) = tokio::join!(migrate(&settings), migrate(&settings));
    one.unwrap();
    other.unwrap();
    assert_eq!(migrate(&settings).await.unwrap(), Migrated { from: needed, to: needed });
    assert_eq!(opened(&settings).await.unwrap(), 1);
    assert_eq!(opened(&settings).await.unwrap(), 2);
}

#[tokio::test]
async fn what_this_program_does_not_know_is_left_alone() {
    let database = Database::migrated().await;
    let settings = Settings::new(&database.url()).unwrap();
    change(&settings, "UPDATE _sqlx_migrations SET version = version + 1000").await;
    let known = migrations::version();
    for result in [opened(&settings).await.map(drop), migrate(&settings).await.map(drop)] {
        assert_eq!(refused(result), Some(Finding::Newer { found: known + 1000, known }));
    }
    change(&settings, "DROP TABLE _sqlx_migrations").await;
    for result in [opened(&settings).await.map(drop), migrate(&settings).await.map(drop)] {
        assert_eq!(refused(result), Some(Finding::Foreign));
    }
}

#[tokio::test]
async fn a_server_that_may_forget_is_refused() {
    let database = Database::migrated().await;
    let settings = Settings::new(&database.url()).unwrap();
    let asynchronous =
        format!("ALTER DATABASE \"{}\" SET synchronous_commit = off", settings.options.get_database().unwrap());
    change(&settings, &asynchronous).await;
    assert_eq!(refused(opened(&settings).await), Some(Finding::Asynchronous));
}

#[tokio::test]
async fn without_readers_nothing_is_opened() {
    let settings = Settings { readers: 0, ..Settings::new("postgres://nowhere").unwrap() };
    assert!(matches!(opened(&settings).await, Err(OpenError::NoReaders)));
}

#[test]
fn an_address_is_never_shown_with_its_password() {
    let settings = Settings::new("postgres://alice:secret@db.example:6432/lottery").unwrap();
    assert_eq!(settings.place(), "lottery at db.example:6432");
    assert!(!format!("{settings:?}").contains("secret"));
    let refused = Settings::new("postgres://alice:secret@db.example:port/lottery").unwrap_err();
    let source = std::error::Error::source(&refused).map(ToString::to_string);
    assert!(!format!("{refused} {source:?}").contains("secret"), "{refused:?}");
}

#[test]
fn an_address_says_whether_a_pooler_stands_between() {
    let check = |url: &str, pooled| {
        let settings = Settings::new(url).unwrap();
        assert_eq!((settings.pooled, settings.place().as_str()), (pooled, "lottery at db.example:6432"), "{url}");
    };
    check("postgres://db.example:6432/lottery", false);
    check("postgres://db.example:6432/lottery?sslmode=require", false);
    check("postgres://db.example:6432/lottery?pooler=transaction", true);
    check("postgres://db.example/lottery?sslmode=require&pooler=transaction&port=6432", true);
}
