//! Bringing a database up to this program's version.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};

use crate::server::{Boxed, SCHEMA, raw};
use crate::target::COPYING;

/// Every step from an empty database to this program's, in order.
static MIGRATIONS: Migrator = sqlx::migrate!();

/// What this program asks for while it migrates or fills a database, so that nobody else does: the first bytes of "tombola" as a number.
pub(crate) const LOCK: i64 = i64::from_be_bytes(*b"tombola\0");

/// The version that this program brings a database to.
pub(crate) fn version() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().expect("there is a first migration")
}

/// How a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// The schema is there, and something else made it.
    Foreign,
    /// It holds a part of another database.
    Unfinished,
    /// It has this version; 0 where there is nothing in it.
    Version(i64),
}

pub(crate) async fn state(connection: &mut PgConnection) -> Result<State, sqlx::Error> {
    let tables = format!("SELECT count(*) FROM pg_tables WHERE schemaname = '{SCHEMA}'");
    let ours = format!("SELECT to_regclass('{SCHEMA}._sqlx_migrations') IS NOT NULL");
    let (tables, is_ours): (i64, bool) = (scalar(connection, tables).await?, scalar(connection, ours).await?);
    if !is_ours {
        return Ok(if tables == 0 { State::Version(0) } else { State::Foreign });
    }
    let copying = format!("SELECT to_regclass('{SCHEMA}.{COPYING}') IS NOT NULL");
    if scalar(connection, copying).await? {
        return Ok(State::Unfinished);
    }
    let latest = format!("SELECT coalesce(max(version), 0) FROM {SCHEMA}._sqlx_migrations WHERE success");
    scalar(connection, latest).await.map(State::Version)
}

/// Runs every step that is missing, each in a transaction of its own, while no other host does the same. On a connection of a pool
/// of one, since the driver's future for a borrowed connection can't be sent between threads.
pub(crate) async fn run(lock: &mut PgConnection, options: PgConnectOptions) -> Result<(), MigrateError> {
    // Given back when the connection ends.
    raw(format!("SELECT pg_advisory_lock({LOCK}); CREATE SCHEMA IF NOT EXISTS {SCHEMA}")).execute(lock).await?;
    let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(options);
    let steps: Boxed<'static, (), MigrateError> = Box::pin(async move {
        let migrated = MIGRATIONS.run(&pool).await;
        pool.close().await;
        migrated
    });
    steps.await
}

async fn scalar<T>(connection: &mut PgConnection, sql: String) -> Result<T, sqlx::Error>
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    sqlx::Row::try_get(&raw(sql).fetch_one(connection).await?, 0)
}
