//! All figures, in the order of the page that explains them: `host/docs/benchmarks.md`.

mod codes;
mod commit;
mod containment;
mod delivery;
mod disk;
mod documents;
mod draws;
mod earnings;
mod evaluation;
mod fleet;
mod memory;
mod postgres;
mod publish;
mod reconciliation;
mod redis;
mod residents;
mod rounds;
mod turnover;
mod verify;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};
use tombola_load::Host;

use crate::native;
use crate::operator::Operator;
use crate::table::Table;

/// Measure what a draw, a rule and a publish cost, each beside something to compare it with
///
/// Hosts and folders that it makes are gone when it ends. Ratios are firmer than figures, and figures are those of an
/// otherwise idle machine.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// What to measure; all of it where nothing is named
    #[arg(value_enum)]
    subjects: Vec<Subject>,
    /// The program `tombola`; beside this one where it isn't given
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// A folder on the disk that is measured; the system's for temporary files where it isn't given
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// File to write the figures to, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draws of one load
    #[arg(long, default_value_t = 20_000)]
    draws: u64,
    /// How often each load is repeated, the subjects in turn
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Rules that are in memory at once
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    residents: u32,
    /// Modules that come and go
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    cycles: u32,
    /// Awards that wait to be delivered
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    awards: u64,
    /// Codes of one load
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    codes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subject {
    Draws,
    Containment,
    Evaluation,
    Publish,
    Verify,
    Residents,
    Memory,
    Turnover,
    Delivery,
    Earnings,
    Reconciliation,
    Codes,
    Redis,
    Postgres,
    Fleet,
}

/// What every figure needs to know.
struct Setting {
    program: PathBuf,
    this: PathBuf,
    folder: PathBuf,
    draws: u64,
    rounds: u32,
    residents: u32,
    cycles: u32,
    awards: u64,
    codes: u64,
}

pub(crate) async fn run(bench: Bench) -> anyhow::Result<()> {
    let setting = Setting::of(&bench)?;
    let is_wanted = |subject| bench.subjects.is_empty() || bench.subjects.contains(&subject);
    let mut tables = Vec::new();
    let mut show = |table: Table| {
        table.print();
        tables.push(table);
    };
    if is_wanted(Subject::Draws) {
        show(draws::ceiling(&setting).await?);
        show(disk::syncs(&setting.folder)?);
        show(commit::commits(&setting.folder).await?);
        draws::draws(&setting).await?.into_iter().for_each(&mut show);
    }
    if is_wanted(Subject::Containment) {
        show(containment::containment(&setting).await?);
    }
    if is_wanted(Subject::Evaluation) {
        show(evaluation::evaluations(&setting).await?);
    }
    if is_wanted(Subject::Publish) {
        show(publish::publishes(&setting).await?);
    }
    if is_wanted(Subject::Verify) {
        show(verify::verifications(&setting).await?);
    }
    if is_wanted(Subject::Residents) {
        show(residents::residents(&setting).await?);
    }
    if is_wanted(Subject::Memory) {
        show(memory::memory(&setting).await?);
    }
    if is_wanted(Subject::Turnover) {
        show(turnover::turnover(&setting).await?);
    }
    if is_wanted(Subject::Delivery) {
        show(delivery::deliveries(&setting).await?);
    }
    if is_wanted(Subject::Earnings) {
        show(earnings::earnings(&setting).await?);
    }
    if is_wanted(Subject::Reconciliation) {
        show(reconciliation::passes(&setting).await?);
    }
    if is_wanted(Subject::Codes) {
        show(codes::loads(&setting).await?);
    }
    if is_wanted(Subject::Redis) {
        show(redis::exchanges(&setting).await?);
    }
    if is_wanted(Subject::Postgres) {
        show(postgres::commits(&setting).await?);
    }
    if is_wanted(Subject::Fleet) {
        show(fleet::fleet(&setting).await?);
    }
    match &bench.json {
        Some(path) => write(path, &tables),
        None => Ok(()),
    }
}

fn write(path: &Path, tables: &[Table]) -> anyhow::Result<()> {
    let json = serde_json::to_vec_pretty(tables).context("figures are JSON")?;
    fs::write(path, json).with_context(|| format!("writing {}", path.display()))
}

impl Setting {
    fn of(bench: &Bench) -> anyhow::Result<Self> {
        let this = std::env::current_exe().context("finding this program")?;
        let beside = this.with_file_name("tombola");
        let program = bench.program.clone().unwrap_or(beside);
        let program = std::path::absolute(&program).context("finding the program `tombola`")?;
        ensure!(program.is_file(), "there is no program {}: build it first", program.display());
        let folder = bench.folder.clone().unwrap_or_else(std::env::temp_dir);
        let Bench { draws, rounds, residents, cycles, awards, codes, .. } = *bench;
        Ok(Self { program, this, folder, draws, rounds, residents, cycles, awards, codes })
    }

    /// A host as operators run it.
    fn host(&self) -> anyhow::Result<Host> {
        Ok(Host::start(&self.program, "demo", Some(&self.folder))?)
    }

    /// The same with native rules.
    fn native_host(&self) -> anyhow::Result<Host> {
        Ok(Host::start(&self.this, native::COMMAND, Some(&self.folder))?)
    }

    /// How long the program takes over this. What it says stays with it, unless it fails.
    fn timed(&self, arguments: &[&str]) -> anyhow::Result<Duration> {
        let mut command = Command::new(&self.program);
        command.args(arguments).stdin(Stdio::null());
        let began = Instant::now();
        let output = command.output().with_context(|| format!("running {command:?}"))?;
        let took = began.elapsed();
        ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(took)
    }
}

/// Publishes a document in a host, with the list that its guards look at.
async fn prepare(host: &Host, campaign: &str, document: &str) -> anyhow::Result<()> {
    let operator = Operator::of(host);
    operator.make_list(documents::LIST).await?;
    operator.publish(campaign, document).await.map(drop)
}
