use serde_json::Value;
use sqlx::{Connection, PgConnection};
use tokio::runtime::Runtime;
use tombola_servers::{Authority, Database, Redis};

use crate::process::{Host, run, tombola};

fn messages(report: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(report).unwrap();
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["message"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_database_is_migrated_and_looked_at() {
    let database = Runtime::new().unwrap().block_on(Database::empty());
    let url = database.url();
    let (code, before) = run(&["doctor", &url, "--json"]);
    let before = messages(&before);
    assert_eq!(code, 1);
    assert!(before[0].starts_with("the database has version 0, and this program needs "), "{before:?}");
    for _ in 0..2 {
        assert_eq!(run(&["migrate", &url]).0, 0);
    }
    let (code, after) = run(&["doctor", &url, "--json"]);
    // The server of tests syncs nothing.
    assert_eq!((code, messages(&after)), (1, before[1..].to_vec()));
    assert!(before[1].starts_with("fsync is off") && before.len() == 3, "{before:?}");
    let (code, text) = run(&["doctor", &url]);
    assert!(code == 1 && text.contains("\n  set fsync = on"), "{text}");
}

#[test]
fn what_can_t_be_looked_at_has_codes_of_its_own() {
    for command in ["doctor", "migrate"] {
        assert_eq!(run(&[command, "postgres://nobody@127.0.0.1:1/none"]).0, 3);
        assert_eq!(run(&[command, "mysql://nobody@127.0.0.1/none"]).0, 2);
        assert_eq!(run(&[command, "postgres://nobody@127.0.0.1:port/none"]).0, 2);
    }
}

#[test]
fn redis_and_hosts_are_looked_at_beside() {
    let database = Runtime::new().unwrap().block_on(Database::migrated());
    let (url, redis, folder) = (database.url(), Redis::start(), tempfile::tempdir().unwrap());
    let host = Host::demo(folder.path());
    let looked_at = |beside: &[&str]| {
        let (code, report) = run(&[&["doctor", &url, "--json"], beside].concat());
        assert_eq!(code, 1, "{report}");
        messages(&report)
    };
    // The server of tests syncs nothing.
    let before = looked_at(&[]);
    assert_eq!(looked_at(&["--host", &host.url]), before);
    let with_redis = looked_at(&["--redis", &redis.url()]);
    assert!(with_redis.len() > before.len() && with_redis.starts_with(&before), "{with_redis:?}");
    for (flag, address, expected) in [
        ("--redis", "redis://127.0.0.1:1", "node 1 of Redis can't be asked"),
        ("--host", "http://127.0.0.1:1", "no host answers at http://127.0.0.1:1: "),
    ] {
        let with_nobody = looked_at(&[flag, address]);
        assert!(with_nobody.len() == before.len() + 1 && with_nobody.starts_with(&before), "{with_nobody:?}");
        assert!(with_nobody.last().unwrap().starts_with(expected), "{with_nobody:?}");
    }
    // Redis speaks no HTTP.
    let stranger = format!("http://{}", redis.address());
    assert!(looked_at(&["--host", &stranger]).last().unwrap().starts_with("no host answers at http://127.0.0.1:"));
    assert_eq!(run(&["doctor", &url, "--host", "https://127.0.0.1:1"]).0, 2);
    assert_eq!(run(&["doctor", &url, "--redis", "http://127.0.0.1:1"]).0, 2);
}

/// Whom to trust is the machine's to say, or a variable's.
#[test]
fn redis_is_asked_over_tls() {
    let database = Runtime::new().unwrap().block_on(Database::migrated());
    let (authority, stranger, url) = (Authority::new(), Authority::new(), database.url());
    let redis = Redis::start_encrypted(&authority, "localhost");
    let told = |host: &str, trusted: &Authority| {
        let address = redis.encrypted_url(host);
        let mut program = tombola(&["doctor", &url, "--json", "--redis", &address]);
        let output = program.env("SSL_CERT_FILE", trusted.certificate()).output().unwrap();
        let told = messages(std::str::from_utf8(&output.stdout).unwrap());
        told.into_iter().filter(|message| message.contains("Redis")).collect::<Vec<_>>()
    };
    let well = told("localhost", &authority);
    assert_eq!(well, ["the memory of node 1 of Redis has no bound"]);
    for (host, trusted) in [("localhost", &stranger), ("127.0.0.1", &authority)] {
        let told = told(host, trusted);
        assert!(told.len() == 1 && told[0].starts_with("node 1 of Redis can't be asked"), "{told:?}");
    }
}

/// Such as one that was given rights on each table, and no more.
#[test]
fn a_user_who_can_drop_no_receipts_is_told() {
    let runtime = Runtime::new().unwrap();
    let database = runtime.block_on(Database::migrated());
    let told = |url: &str| messages(&run(&["doctor", url, "--json"]).1);
    let may_not = |message: &String| message.contains("may make no tables in the schema");
    assert!(!told(&database.url()).iter().any(may_not));
    runtime.block_on(async {
        let mut owner = PgConnection::connect(&database.url()).await.unwrap();
        let grants = format!(
            "CREATE ROLE \"{0}\" LOGIN; GRANT USAGE ON SCHEMA tombola TO \"{0}\";
             GRANT ALL ON ALL TABLES IN SCHEMA tombola TO \"{0}\"",
            guest(&database)
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(grants)).execute(&mut owner).await.unwrap();
    });
    let url = database.url().replacen("tombola@", &format!("{}@", guest(&database)), 1);
    assert!(told(&url).iter().any(may_not), "{:?}", told(&url));
}

/// A name of a role, of which all databases of a server know.
fn guest(database: &Database) -> String {
    format!("guest_of_{}", database.name())
}
