//! How fast a host compares what it keeps twice, and what that costs those who draw meanwhile.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, query_scalar};
use tombola_load::requests::Draws;
use tombola_load::{Host, Load, Report, closed};

use super::earnings::{Earning, Kind};
use super::rounds::Rounds;
use super::{Operator, Setting, documents, prepare};
use crate::table::{Row, Table, median, to_float};

const CONNECTIONS: usize = 64;
const PLAYERS: u64 = 100_000;
const TIME_MAX: Duration = Duration::from_mins(5);
/// Events and orders come in numbers that make what a pass begins with weigh little.
const LOADS: u64 = 5;

/// Passes beside SQLite's own check of the same file, and draws without and with passes one after the other, in turn.
pub(super) async fn passes(setting: &Setting) -> anyhow::Result<Table> {
    let host = setting.host()?;
    furnish(&host, setting).await?;
    let (mut rows, mut rates, mut times) = (0, vec![], vec![]);
    let (mut alone, mut beside) = (Rounds::default(), Rounds::default());
    for round in 0..setting.rounds {
        let integrity = integrity(&host.folder().join("tombola.db")).await?;
        let began = Instant::now();
        rows = Operator::of(&host).reconcile().await?;
        let pass = began.elapsed();
        rates.push(to_float(rows) / pass.as_secs_f64());
        times.push(pass.as_secs_f64() / integrity.as_secs_f64());
        let draws = |run: &str| draws(&host, setting, format!("{run}-{round}"));
        alone.add("alone", setting.draws, &draws("alone").await?)?;
        beside.add("beside passes", setting.draws, &with_passes(&host, draws("beside")).await?)?;
    }
    let mut table = Table::new("How fast is everything that is kept compared with itself?");
    let row = Row::new(format!("a pass over {rows} rows")).cell("", median(rates), "rows/s");
    table.add(row.cell("", median(times), "× the time of SQLite's integrity check"));
    table.add(alone.row("draws without rules"));
    table.add(beside.row("the same beside one pass after the other").cell("", beside.over(&alone), "× without"));
    Ok(table)
}

/// Fills a host with what has to be compared.
async fn furnish(host: &Host, setting: &Setting) -> anyhow::Result<()> {
    prepare(host, documents::WITHOUT_RULES, &documents::without_rules()).await?;
    Operator::of(host).publish(documents::SHOP, &documents::shop()).await?;
    let count = setting.draws * LOADS;
    for kind in [Kind::Purchase, Kind::Order] {
        let load = Load::new(host.target(), CONNECTIONS, count, TIME_MAX)?;
        let report = closed(load, Earning::of(host, "reconciliation".to_owned(), kind)).await;
        ensure!(report.succeeded() == count, "{:?}, {} without answer", report.statuses(), report.failures());
    }
    Ok(())
}

async fn draws(host: &Host, setting: &Setting, run: String) -> anyhow::Result<Report> {
    let draws = Draws::new(documents::WITHOUT_RULES, host.client_token(), &run, PLAYERS);
    Ok(closed(Load::new(host.target(), CONNECTIONS, setting.draws, TIME_MAX)?, Arc::new(draws)).await)
}

/// A load while one pass follows the other.
async fn with_passes(host: &Host, load: impl Future<Output = anyhow::Result<Report>>) -> anyhow::Result<Report> {
    let (operator, is_over) = (Operator::of(host), AtomicBool::new(false));
    let passes = async {
        while !is_over.load(Ordering::Relaxed) {
            operator.reconcile().await?;
        }
        anyhow::Ok(())
    };
    let load = async {
        let report = load.await;
        is_over.store(true, Ordering::Relaxed);
        report
    };
    let (report, passes) = tokio::join!(load, passes);
    passes?;
    report
}

/// How long SQLite takes over its own check, which goes through every row and every index once.
async fn integrity(database: &Path) -> anyhow::Result<Duration> {
    let mut connection = SqliteConnectOptions::new().filename(database).read_only(true).connect().await?;
    let began = Instant::now();
    let verdict: String = query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await?;
    ensure!(verdict == "ok", "{}: {verdict}", database.display());
    Ok(began.elapsed())
}
