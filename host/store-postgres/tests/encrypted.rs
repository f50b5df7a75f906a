//! A server that speaks TLS: who is taken for it, and who is not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use sqlx::{Connection, PgConnection};
use tombola_servers::{Authority, Postgres};
use tombola_store::health::Health;
use tombola_store_postgres::{OpenError, Settings};

/// What the key is for. It leads to this machine, as does its number, which the key is not for.
const NAME: &str = "localhost";
const NUMBER: &str = "127.0.0.1";

async fn migrate(url: &str) -> Result<(), OpenError> {
    tombola_store_postgres::migrate(&Settings::new(url).unwrap()).await.map(|_| ())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_talks_to_the_server_that_it_means() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let server = Postgres::start_encrypted(&authority, NAME);
    let url = |host: &str, mode: &str, authority: &Authority| {
        let parameters = format!("sslmode={mode}&sslrootcert={}", authority.certificate().display());
        server.network_url(host, "postgres", &parameters)
    };
    let meant = url(NAME, "verify-full", &authority);
    migrate(&meant).await.unwrap();
    let store = tombola_store_postgres::open(Settings::new(&meant).unwrap()).await.unwrap();
    store.check().await.unwrap();
    let mut beside = PgConnection::connect(&server.url("postgres")).await.unwrap();
    let plain: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE client_addr IS NOT NULL AND NOT ssl",
    )
    .fetch_one(&mut beside)
    .await
    .unwrap();
    assert_eq!(plain, 0, "every connection of the host is encrypted");
    store.close().await;

    for (host, mode, authority) in
        [(NAME, "verify-full", &stranger), (NAME, "verify-ca", &stranger), (NUMBER, "verify-full", &authority)]
    {
        let refused = migrate(&url(host, mode, authority)).await;
        assert!(matches!(refused, Err(OpenError::Database { .. })), "{host}, {mode}: {refused:?}");
    }
    // The authority vouches for the key, whatever its name.
    migrate(&url(NUMBER, "verify-ca", &authority)).await.unwrap();
    // Whoever asks for no proof gets none.
    migrate(&server.network_url(NAME, "postgres", "sslmode=require")).await.unwrap();
}
