//! Commits on Postgres beside the statements that they are made of, and beside draws over HTTP.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use std::{fs, path};

use anyhow::{Context, ensure};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions};
use tempfile::TempDir;
use tombola_load::requests::Draws;
use tombola_load::{Host, Load, Recording, Report, Site, closed, replay};
use tombola_servers::Postgres;
use tombola_store::draws::DrawCommit;
use tombola_store_postgres::{PostgresStore, Settings};

use super::commit::{self, rate};
use super::rounds::Rounds;
use super::{Operator, Setting, documents};
use crate::process::cpu_time;
use crate::table::{Row, Table, median};

/// Draws of a batch.
const SIZES: [usize; 3] = [1, 64, 256];
/// Batches of a load, of which the shorter ones would otherwise take long.
const BATCHES_MAX: usize = 1_000;
/// Of the driver, for draws over HTTP.
const CONNECTIONS: usize = 64;
const PLAYERS: u64 = 100_000;
const TIME_MAX: Duration = Duration::from_mins(5);

/// What is copied for each load, so that all begin with the same.
const TEMPLATE: &str = "template";
/// What the store asks on the connection alone that commits.
const ASKED: &str = "INSERT INTO draws";
/// What holds for the store's connection that writes, as `server.rs` there has it: without it statements are planned otherwise.
const OPTIONS: &str = "-c search_path=tombola -c statement_timeout=120000 -c lock_timeout=5000 \
                       -c idle_in_transaction_session_timeout=2000 -c jit=off -c enable_hashjoin=off -c enable_mergejoin=off \
                       -c enable_seqscan=off -c enable_material=off";
/// What draws leave behind.
const TABLES: [&str; 9] =
    ["awards", "disclosures", "draws", "participations", "receipts", "seals", "stock", "tasks", "wins"];

/// Batches by the store, and what the server was asked for them by `pgbench`, in turn; then draws that a host makes of requests.
pub(super) async fn commits(setting: &Setting) -> anyhow::Result<Table> {
    let server = Server::start(&setting.folder).await?;
    let draws = usize::try_from(setting.draws).context("there is no memory for so many draws")?;
    let mut loads = vec![];
    for size in SIZES {
        let count = (draws / size).clamp(1, BATCHES_MAX);
        loads.push(Batches { size, count, script: server.record(size, count).await?, did: vec![] });
    }
    let site = Site::new(&setting.program, &server.migrated("http").await?)?;
    let host = site.host(&setting.folder)?;
    Operator::of(&host).publish(documents::WITHOUT_RULES, &documents::without_rules()).await?;
    let mut over_http = Rounds::default();
    for round in 0..setting.rounds {
        for batches in &mut loads {
            batches.measure(&server).await?;
        }
        over_http.add("over HTTP", setting.draws, &draw(setting, &host, round).await?)?;
    }
    let mut table = Table::new("How near do commits on Postgres come to their statements alone?");
    loads.iter().flat_map(Batches::rows).for_each(|row| table.add(row));
    table.add(over_http.row(format!("draws without rules over HTTP, {CONNECTIONS} connections")));
    Ok(table)
}

async fn draw(setting: &Setting, host: &Host, round: u32) -> anyhow::Result<Report> {
    let draws = Draws::new(documents::WITHOUT_RULES, host.client_token(), &format!("postgres-{round}"), PLAYERS);
    Ok(closed(Load::new(host.target(), CONNECTIONS, setting.draws, TIME_MAX)?, Arc::new(draws)).await)
}

/// So many batches of a size.
struct Batches {
    size: usize,
    count: usize,
    /// What the server was asked for them.
    script: PathBuf,
    /// Round by round.
    did: Vec<Did>,
}

struct Did {
    /// Draws a second by the store, and by its statements alone.
    store: f64,
    statements: f64,
    /// Microseconds of this process's time for each draw that the store committed.
    cost: f64,
}

impl Batches {
    async fn measure(&mut self, server: &Server) -> anyhow::Result<()> {
        let store = server.copy("committed").await?;
        let batches = batches(self.size, self.count);
        server.run("CHECKPOINT".to_owned()).await?;
        let before = cpu_time(std::process::id())?;
        let committed = commit_all(&store, &batches).await?;
        let cost = cpu_time(std::process::id())?.saturating_sub(before);
        let left = server.contents("committed").await?;
        store.close().await;

        // A host that is there, since the server is asked whether it is.
        let store = server.copy("replayed").await?;
        server.run("CHECKPOINT".to_owned()).await?;
        let replayed = replay(server.pgbench(), "replayed", &self.script)?;
        let replayed_left = server.contents("replayed").await?;
        store.close().await;
        ensure!(replayed_left == left, "pgbench left behind {replayed_left:?}, and the store {left:?}");

        let draws = self.size * self.count;
        let cost = cost.as_secs_f64() * 1e6 / f64::from(u32::try_from(draws).context("too many draws")?);
        self.did.push(Did { store: rate(draws, committed), statements: rate(draws, replayed), cost });
        Ok(())
    }

    fn rows(&self) -> [Row; 2] {
        let of = |figure: fn(&Did) -> f64| median(self.did.iter().map(figure).collect());
        let statements = Row::new(format!("batches of {}, their statements by pgbench", self.size));
        let store = Row::new(format!("batches of {}, by the store", self.size));
        let store = store.cell("", of(|did| did.store), "draws/s");
        let store = store.cell("", of(|did| did.store / did.statements), "× pgbench");
        [statements.cell("", of(|did| did.statements), "draws/s"), store.cell("CPU", of(|did| did.cost), "µs/draw")]
    }
}

fn batches(size: usize, count: usize) -> Vec<Vec<DrawCommit>> {
    (0..count).map(|number| commit::batch(number * size, size, None)).collect()
}

/// Commits them one after the other; how long that took.
async fn commit_all(store: &PostgresStore, batches: &[Vec<DrawCommit>]) -> anyhow::Result<Duration> {
    let mut took = Duration::ZERO;
    for batch in batches {
        took += commit::commit(store, batch).await?;
    }
    Ok(took)
}

/// A server of the bench's own, with a database to copy.
struct Server {
    postgres: Postgres,
    scripts: TempDir,
}

impl Server {
    async fn start(folder: &Path) -> anyhow::Result<Self> {
        let folder = path::absolute(folder).context("finding the folder on the disk that is measured")?;
        let scripts = tempfile::tempdir_in(&folder).context("making a folder for what pgbench asks")?;
        let server = Self { postgres: Postgres::start_in(&folder), scripts };
        server.migrated(TEMPLATE).await?;
        let store = server.open(TEMPLATE).await?;
        commit::publish(&store).await?;
        store.close().await;
        Ok(server)
    }

    /// What the store asks for batches that it commits, as a script: once, with the server writing it down, which is not measured.
    async fn record(&self, size: usize, count: usize) -> anyhow::Result<PathBuf> {
        self.create("recorded").await?;
        self.run("ALTER DATABASE recorded SET log_statement = 'all'".to_owned()).await?;
        let store = self.open("recorded").await?;
        let log = self.postgres.log();
        let before = usize::try_from(fs::metadata(&log)?.len())?;
        commit_all(&store, &batches(size, count)).await?;
        let log = fs::read(&log).context("reading what the server says")?;
        store.close().await;
        let log = str::from_utf8(&log[before..]).context("the server says what it was asked, which is text")?;
        let script = self.scripts.path().join(format!("{size}.sql"));
        fs::write(&script, Recording::of(log, ASKED)?.script()).context("writing what pgbench asks")?;
        Ok(script)
    }

    /// Makes an empty database with all tables; its address.
    async fn migrated(&self, name: &str) -> anyhow::Result<String> {
        self.run(format!("CREATE DATABASE {name}")).await?;
        let url = self.postgres.url(name);
        tombola_store_postgres::migrate(&Settings::new(&url)?).await?;
        Ok(url)
    }

    /// Puts a copy of the template in the place of whatever was there.
    async fn create(&self, name: &str) -> anyhow::Result<()> {
        self.run(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
        self.run(format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}")).await
    }

    /// The same, opened as a host opens it: one of the same number in each.
    async fn copy(&self, name: &str) -> anyhow::Result<PostgresStore> {
        self.create(name).await?;
        self.open(name).await
    }

    async fn open(&self, name: &str) -> anyhow::Result<PostgresStore> {
        let settings = Settings::new(&self.postgres.url(name))?.sealed_by(commit::signer());
        Ok(tombola_store_postgres::open(settings).await?)
    }

    fn pgbench(&self) -> Command {
        let mut pgbench = self.postgres.client("pgbench");
        pgbench.env("PGOPTIONS", OPTIONS);
        pgbench
    }

    /// How many rows draws have left in each table, and a sum over all that they hold.
    async fn contents(&self, name: &str) -> anyhow::Result<Vec<String>> {
        let each = TABLES.map(|table| {
            format!(
                "SELECT concat_ws(' ', '{table}', count(*), sum(hashtextextended(CAST(t AS TEXT), 0)))
                 FROM tombola.{table} t"
            )
        });
        let all = sqlx::query_scalar(AssertSqlSafe(format!("{} ORDER BY 1", each.join(" UNION ALL "))));
        Ok(all.fetch_all(&mut self.connect(name).await?).await?)
    }

    async fn run(&self, sql: String) -> anyhow::Result<()> {
        let mut connection = self.connect("postgres").await?;
        sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut connection).await.with_context(|| sql).map(drop)
    }

    async fn connect(&self, name: &str) -> anyhow::Result<PgConnection> {
        Ok(self.postgres.url(name).parse::<PgConnectOptions>()?.connect().await?)
    }
}
