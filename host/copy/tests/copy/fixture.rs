//! A file with rows in tables of every kind, and an empty database on a server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use tempfile::TempDir;
use tombola_copy::{CopyError, Limits, Report, copy};
use tombola_servers::Database;
use tombola_store_postgres::{Contents, Finding, OpenError, Settings, Target};
use tombola_store_sqlite::Source;

/// Players, of whom each draws three times and wins each time, and one once more long after; integers of every size, texts of several bytes a character, and what
/// is null.
const ROWS: &str = "
    PRAGMA foreign_keys = ON;
    BEGIN;
    CREATE TEMP TABLE n AS WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 60) SELECT n FROM n;
    INSERT INTO operations (actor, request, what, subject, result, at, before)
    SELECT 'alice', zeroblob(32), 'publish', 'spring', '{}', n, iif(n = 2, randomblob(32), NULL) FROM n WHERE n < 4;
    INSERT INTO campaigns (name, live) VALUES ('spring', 2), ('Autumn', 1);
    INSERT INTO revisions SELECT 'spring', n, randomblob(32), '{\"title\": \"Frühling 春\"}', 'alice', n FROM n WHERE n < 30;
    INSERT INTO revisions VALUES ('Autumn', 1, randomblob(32), '{}', 'alice', 1);
    INSERT INTO stock VALUES ('spring', 'mug', 100, 60, 1, 0);
    INSERT INTO participations (player, campaign, version, draws, month, month_count, day, day_count)
    SELECT 'player-' || n, 'spring', n, 3, -1, 0, 20000, 3 FROM n WHERE n < 21;
    INSERT INTO draws SELECT n, 'draw-' || n, 'player-' || (1 + n % 20), 'spring', 'Key-' || n, 0, randomblob(32), 1 + n / 20, 2, 'mug',
                             'Mug', NULL, 1, randomblob(32), 1700000000000 + n FROM n;
    INSERT INTO receipts SELECT n, randomblob(n * 10) FROM n;
    INSERT INTO disclosures SELECT n, '{\"salt\": \"ä\\u0000\"}' FROM n WHERE n % 2 = 0;
    INSERT INTO draws SELECT 2500000, 'late', player, campaign, 'late', 0, request, 4, 2, NULL, NULL, NULL, NULL, receipt, drawn_at
    FROM draws WHERE position = 1;
    INSERT INTO receipts VALUES (2500000, randomblob(9));
    INSERT INTO disclosures VALUES (2500000, '{}');
    INSERT INTO dropped_receipts VALUES ('autumn', 70, 5);
    INSERT INTO awards SELECT n, 'mug', 1, NULL, 'delivered' FROM n;
    INSERT INTO award_changes SELECT n + 60, n, 'delivered', n, NULL, '' FROM n WHERE n % 3 = 0;
    INSERT INTO list_generations (state) SELECT 'garbage' FROM n WHERE n < 6;
    DELETE FROM list_generations WHERE generation = 5;
    INSERT INTO list_members SELECT 4, 'Player-' || n FROM n;
    INSERT INTO code_pools (name, low_water, given) VALUES ('shop', 3, 1);
    INSERT INTO code_loads (pool, state) VALUES (1, 'garbage');
    INSERT INTO codes (pool, code, load, award) SELECT 1, 'CODE-' || n, 1, iif(n = 7, 60, NULL) FROM n;
    INSERT INTO events SELECT n, 'player-' || n, 'visit', zeroblob(32), 'visit', NULL, '{}', n, n, iif(n = 9, 8, NULL), NULL, NULL FROM n WHERE n < 20;
    INSERT INTO accounts SELECT 'player-' || n, 'player', '', 'points', n FROM n WHERE n < 21;
    INSERT INTO accounts VALUES ('', 'house', 'issue', 'points', -210);
    INSERT INTO lots SELECT 'player-' || n, 'points', 9223372036854775807, n FROM n WHERE n < 21;
    INSERT INTO tokens SELECT randomblob(32), 'token-' || n, 'client', '', n, NULL, n, NULL FROM n WHERE n < 40;
    UPDATE committer SET fence = 3, activation = 2, position = 2500000;
    DROP TABLE n;
    COMMIT";

pub(crate) struct Fixture {
    folder: TempDir,
    database: Database,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        static FILE: tokio::sync::OnceCell<Vec<u8>> = tokio::sync::OnceCell::const_new();
        let folder = TempDir::new().unwrap();
        let fixture = Self { folder, database: Database::empty().await };
        let file = FILE.get_or_init(async || {
            tombola_store_sqlite::open(fixture.file_settings()).await.unwrap().close().await;
            run_on_file(&fixture.path(), ROWS).await;
            std::fs::read(fixture.path()).unwrap()
        });
        std::fs::write(fixture.path(), file.await).unwrap();
        fixture
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("tombola.db")
    }

    pub(crate) fn file_settings(&self) -> tombola_store_sqlite::Settings {
        tombola_store_sqlite::Settings::new(self.path())
    }

    pub(crate) fn url(&self) -> String {
        self.database.url()
    }

    pub(crate) async fn server(&self) -> PgConnection {
        let options: PgConnectOptions = self.url().parse().unwrap();
        options.options([("search_path", "tombola")]).connect().await.unwrap()
    }

    pub(crate) async fn migrated_server(&self) -> PgConnection {
        tombola_store_postgres::migrate(&Settings::new(&self.url()).unwrap()).await.unwrap();
        self.server().await
    }

    pub(crate) async fn copy(&self) -> Result<Report, CopyError> {
        self.copy_to(self).await
    }

    /// From this file to the other's database.
    pub(crate) async fn copy_to(&self, other: &Self) -> Result<Report, CopyError> {
        let mut source = Source::open(&self.path()).await.unwrap();
        let mut target = other.target().await;
        let copied = copy(&mut source, &mut target, Limits { rows: 7, bytes: 2_000 }, &mut |_| ()).await;
        source.close().await.unwrap();
        copied
    }

    /// Cuts the copy off after so many steps, in the middle of whatever comes next, as the end of its process would; `None` where it was.
    pub(crate) async fn copy_until(&self, limits: Limits, steps: u64) -> Option<Report> {
        let mut source = Source::open(&self.path()).await.unwrap();
        let mut target = self.target().await;
        let (mut left, (cut, is_cut)) = (steps, tokio::sync::oneshot::channel::<()>());
        let mut cut = Some(cut);
        let mut tell = |_| match left.checked_sub(1) {
            Some(fewer) => left = fewer,
            None => drop(cut.take()),
        };
        tokio::select! {
            biased;
            _ = is_cut => None,
            copied = copy(&mut source, &mut target, limits, &mut tell) => Some(copied.unwrap()),
        }
    }

    async fn target(&self) -> Target {
        // Who was cut off may have it still.
        let mut settings = Settings::new(&self.url()).unwrap();
        settings.deadline = Duration::from_secs(30);
        Target::open(&settings).await.unwrap()
    }

    pub(crate) async fn contents(&self) -> Contents {
        self.target().await.contents().await.unwrap()
    }

    pub(crate) async fn take_back(&self) {
        assert!(Source::take_back(&self.path()).await.unwrap());
    }

    /// Whether no host opens the target, since it is not whole.
    pub(crate) async fn is_unserved(&self) -> bool {
        let opened = tombola_store_postgres::open_beside(Settings::new(&self.url()).unwrap()).await;
        matches!(opened.err(), Some(OpenError::Refused { finding: Finding::Unfinished, .. }))
    }
}

pub(crate) async fn run_on_file(path: &Path, sql: &str) -> Vec<SqliteRow> {
    let mut file = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    let rows = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_all(&mut file).await.unwrap();
    file.close().await.unwrap();
    rows
}

pub(crate) async fn run_on_server(server: &mut PgConnection, sql: &str) -> Vec<PgRow> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_all(server).await.unwrap()
}
