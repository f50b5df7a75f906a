use sqlx::error::DatabaseError;
use sqlx::{AssertSqlSafe, PgConnection, Row};
use tombola_store_sql::db::Connection;
use tombola_store_sql::next_partition;

use crate::finding::Finding;
use crate::migrations::LOCK;
use crate::open::{self, OpenError};
use crate::partitions;
use crate::server::{Purpose, SCHEMA, Server, raw};
use crate::settings::Settings;
use crate::transaction::commit_once;

/// The table that is there as long as a database holds only a part of another one, and says of which. It is no part of what is
/// migrated, so that it is in no database that a host serves. There is no committer meanwhile: nothing can be written, not even by a
/// program that knows nothing of this.
pub(crate) const COPYING: &str = "copying";

/// Tables in which a database has rows that nobody wrote, and what is true of those.
const SEEDED: [(&str, &str); 2] = [("committer", "fence = 0 AND position = 0"), ("units", "name = 'points'")];

/// How the origin begins of a database that was filled, and that no host has opened since. It is no server's, so that the database is
/// known to be a copy.
const COPY_OF: &str = "copy of ";

/// A database that is filled with all that another one holds. Nobody else fills it as long as this lives, nor migrates it.
pub struct Target {
    place: String,
    connection: Connection,
}

/// What a database holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// What the migrations made.
    Nothing,
    /// A part of another database that was in this state.
    Part(String),
    /// All of another database that was in this state, and nothing else so far.
    Whole(String),
    /// Rows in this table that came from elsewhere.
    Other(String),
}

impl Target {
    /// Opens a database, and brings it up to this program's version.
    pub async fn open(settings: &Settings) -> Result<Self, OpenError> {
        let place = settings.place();
        if settings.pooled {
            return Err(OpenError::Pooled { place });
        }
        let server = Server::new(settings.clone());
        let failed = |source| open::failed(settings, source);
        let mut connection = server.reach(Purpose::Migrate).await.map_err(failed)?;
        match open::refusal(settings, &mut connection).await? {
            Some(Finding::Pending { .. }) => drop(open::migrate(settings).await?),
            None | Some(Finding::Unfinished) => {}
            Some(finding) => return Err(open::refused(settings, finding)),
        }
        // Given back when the connection ends, and with it whatever was under way on it. Who was killed a moment ago may have it still.
        let patience = settings.deadline.as_millis();
        // Nobody waits for this connection, so that it may take its time between two statements.
        let lock = format!(
            "SET idle_in_transaction_session_timeout = 0; SET lock_timeout = {patience}; SELECT pg_advisory_lock({LOCK});
             SET lock_timeout = 0"
        );
        match raw(lock).execute(&mut connection).await {
            Ok(_) => Ok(Self { place, connection: connection.into() }),
            Err(error) if is_waited_for(&error) => Err(OpenError::Busy { place }),
            Err(error) => Err(failed(error)),
        }
    }

    /// Which database, for whoever reads of it.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The connection to it.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// What it holds.
    pub async fn contents(&mut self) -> Result<Contents, sqlx::Error> {
        let server = self.server();
        let is_unfinished = raw(format!("SELECT to_regclass('{SCHEMA}.{COPYING}') IS NOT NULL"));
        if is_unfinished.fetch_one(&mut *server).await?.try_get(0)? {
            let of = raw(format!("SELECT source FROM {SCHEMA}.{COPYING}")).fetch_one(server).await?;
            return Ok(Contents::Part(of.try_get(0)?));
        }
        let origin = raw(format!("SELECT origin FROM {SCHEMA}.committer")).fetch_optional(&mut *server).await?;
        let origin: Option<String> = origin.map(|row| row.try_get(0)).transpose()?.flatten();
        if let Some(of) = origin.as_deref().and_then(|origin| origin.strip_prefix(COPY_OF)) {
            return Ok(Contents::Whole(of.to_owned()));
        }
        Ok(first_used(server).await?.map_or(Contents::Nothing, Contents::Other))
    }

    /// Begins to fill it with a database that is in this state.
    pub async fn begin(&mut self, of: &str) -> Result<(), sqlx::Error> {
        self.begin_write().await?;
        let server = self.server();
        for (table, _) in SEEDED {
            raw(format!("DELETE FROM {SCHEMA}.{table}")).execute(&mut *server).await?;
        }
        raw(format!("CREATE TABLE {SCHEMA}.{COPYING} (source TEXT NOT NULL)")).execute(&mut *server).await?;
        let source = AssertSqlSafe(format!("INSERT INTO {SCHEMA}.{COPYING} (source) VALUES ($1)"));
        sqlx::query(source).bind(of).execute(server).await?;
        self.commit_write().await
    }

    /// Sees to it that there are partitions for what goes up to this position, and one more.
    pub async fn make_room(&mut self, position: u64) -> Result<(), sqlx::Error> {
        self.begin_write().await?;
        let mut known = partitions::list(&mut self.connection).await?;
        while let Some(next) = next_partition(&known, position) {
            raw(partitions::adding(next)).execute(self.server()).await?;
            known.push(next);
        }
        self.commit_write().await
    }

    /// Begins a transaction that writes.
    pub async fn begin_write(&mut self) -> Result<(), sqlx::Error> {
        raw("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE".to_owned()).execute(self.server()).await.map(drop)
    }

    /// Commits it.
    pub async fn commit_write(&mut self) -> Result<(), sqlx::Error> {
        commit_once(self.server()).await
    }

    /// Says in the transaction under way, which has brought the committer, that all of the database in this state is there.
    pub async fn finish(&mut self, of: &str) -> Result<(), sqlx::Error> {
        let server = self.server();
        let origin = AssertSqlSafe(format!("UPDATE {SCHEMA}.committer SET origin = $1"));
        sqlx::query(origin).bind(format!("{COPY_OF}{of}")).execute(&mut *server).await?;
        raw(format!("DROP TABLE {SCHEMA}.{COPYING}")).execute(server).await.map(drop)
    }

    fn server(&mut self) -> &mut PgConnection {
        self.connection.as_postgres().expect("it is on a server")
    }
}

/// The first table in which somebody wrote something.
async fn first_used(server: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
    let tables = format!(
        "SELECT relname::text FROM pg_class WHERE relnamespace = '{SCHEMA}'::regnamespace AND relkind IN ('r', 'p')
                AND NOT relispartition AND relname <> '_sqlx_migrations' ORDER BY relname"
    );
    for row in raw(tables).fetch_all(&mut *server).await? {
        let table: String = row.try_get(0)?;
        let seeded = SEEDED.iter().find(|(seeded, _)| *seeded == table).map_or("false", |(_, seeds)| seeds);
        let used = format!("SELECT EXISTS (SELECT FROM {SCHEMA}.\"{table}\" WHERE NOT ({seeded}))");
        if raw(used).fetch_one(&mut *server).await?.try_get(0)? {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

/// Whether somebody else kept a lock for longer than was to be waited.
fn is_waited_for(error: &sqlx::Error) -> bool {
    const LOCK_NOT_AVAILABLE: &str = "55P03";
    error.as_database_error().and_then(DatabaseError::code).as_deref() == Some(LOCK_NOT_AVAILABLE)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tombola_servers::Database;

    use super::*;

    fn settings(database: &Database) -> Settings {
        Settings { deadline: Duration::from_millis(300), ..Settings::new(&database.url()).unwrap() }
    }

    async fn run(target: &mut Target, sql: &str) {
        raw(sql.to_owned()).execute(target.server()).await.unwrap();
    }

    #[tokio::test]
    async fn a_database_is_filled_by_one_program_and_served_once_it_is_whole() {
        let database = Database::empty().await;
        let settings = settings(&database);
        let mut target = Target::open(&settings).await.unwrap();
        assert_eq!(target.contents().await.unwrap(), Contents::Nothing);
        assert!(matches!(Target::open(&settings).await, Err(OpenError::Busy { .. })));
        target.begin("it").await.unwrap();
        drop(target);
        let mut target = Target::open(&settings).await.unwrap();
        assert_eq!(target.contents().await.unwrap(), Contents::Part("it".to_owned()));
        let unfinished = |error| matches!(error, OpenError::Refused { finding: Finding::Unfinished, .. });
        assert!(unfinished(crate::open(settings.clone()).await.err().unwrap()));
        assert!(unfinished(crate::open_beside(settings.clone()).await.err().unwrap()));
        assert!(unfinished(crate::latest_epochs(&settings).await.err().unwrap()));
        assert!(unfinished(crate::migrate(&settings).await.err().unwrap()));
        target.begin_write().await.unwrap();
        run(&mut target, "INSERT INTO committer (id, fence, activation, position) VALUES (0, 7, 1, 2)").await;
        target.finish("it").await.unwrap();
        target.commit_write().await.unwrap();
        assert_eq!(target.contents().await.unwrap(), Contents::Whole("it".to_owned()));
        drop(target);
        let host = crate::open(settings.clone()).await.unwrap();
        assert!(tombola_store::origin::Origin::is_copy(&host).await.unwrap(), "it begins a new epoch");
    }

    #[tokio::test]
    async fn nothing_is_copied_over_what_somebody_wrote() {
        let database = Database::migrated().await;
        let settings = settings(&database);
        let mut target = Target::open(&settings).await.unwrap();
        for (write, table) in [
            ("INSERT INTO units (name, title) VALUES ('gems', '')", "units"),
            ("DELETE FROM units WHERE name = 'gems'; INSERT INTO lists VALUES ('vip', 1, 0, 1, NULL)", "lists"),
            ("UPDATE committer SET fence = 1", "committer"),
        ] {
            run(&mut target, &format!("SET session_replication_role = replica; {write}")).await;
            assert_eq!(target.contents().await.unwrap(), Contents::Other(table.to_owned()));
        }
        let pooled = Settings { pooled: true, ..settings };
        assert!(matches!(Target::open(&pooled).await, Err(OpenError::Pooled { .. })));
    }
}
