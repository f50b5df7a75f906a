//! What a real server logs, asked of it once more.
#![expect(clippy::unwrap_used, reason = "what fails here is the test")]

use std::path::Path;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection, query, raw_sql};
use tombola_load::{Recording, RecordingError, replay};
use tombola_servers::Postgres;

/// What makes a text hard to take over: quotes, ends of lines, what looks like a parameter, a variable, a command or a comment.
const TEXTS: [Option<&str>; 4] = [
    Some("it's ''$1', $2 = '5'"),
    Some("a\n\tb\r\n\\q; :scale:client_id :random_seed :default_seed :1 ::a"),
    None,
    Some("\\. -- /* ü"),
];

async fn connect(server: &Postgres, database: &str) -> PgConnection {
    server.url(database).parse::<PgConnectOptions>().unwrap().connect().await.unwrap()
}

async fn rows(server: &Postgres, database: &str) -> Vec<(i64, Option<String>, Option<Vec<u8>>)> {
    let rows = sqlx::query_as("SELECT number, text, bytes FROM t ORDER BY number, text");
    rows.fetch_all(&mut connect(server, database).await).await.unwrap()
}

#[tokio::test]
async fn what_was_asked_of_one_database_is_asked_of_another() {
    let server = Postgres::start();
    let mut setup = connect(&server, "postgres").await;
    for database in ["one", "other"] {
        raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE {database}"))).execute(&mut setup).await.unwrap();
        let table = "CREATE TABLE t (number BIGINT, text TEXT, bytes BYTEA)";
        query(table).execute(&mut connect(&server, database).await).await.unwrap();
    }
    raw_sql("ALTER DATABASE one SET log_statement = 'all'").execute(&mut setup).await.unwrap();
    let mut one = connect(&server, "one").await;
    for (number, text) in (0_i64..).zip(TEXTS) {
        raw_sql("BEGIN; INSERT INTO t (number, text) VALUES (-1, 'plain; it''s')").execute(&mut one).await.unwrap();
        let insert = query("INSERT INTO t (number, text, bytes)\n\tVALUES ($1 + 2147483647, $2, $3)");
        let bytes = text.map(|text| [text.as_bytes(), b"\0\xff"].concat());
        insert.bind(number).bind(text).bind(bytes).execute(&mut one).await.unwrap();
        // What others ask is left out.
        query("INSERT INTO t (number) VALUES (-2)").execute(&mut connect(&server, "other").await).await.unwrap();
        raw_sql("COMMIT").execute(&mut one).await.unwrap();
    }
    query("DELETE FROM t WHERE number = -2").execute(&mut connect(&server, "other").await).await.unwrap();
    let log = std::fs::read_to_string(server.log()).unwrap();
    let script = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(script.path(), Recording::of(&log, "INSERT INTO t").unwrap().script()).unwrap();
    let pgbench = |path: &Path| replay(server.client("pgbench"), "other", path);
    pgbench(script.path()).unwrap();
    assert_eq!(rows(&server, "other").await, rows(&server, "one").await);

    std::fs::write(script.path(), "SELECT 1;\nSELECT 1 / 0;\n").unwrap();
    let failed = pgbench(script.path()).unwrap_err();
    assert!(matches!(&failed, RecordingError::Failed(why) if why.contains("division by zero")), "{failed}");
}
