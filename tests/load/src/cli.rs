use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use tombola_load::requests::Draws;
use tombola_load::{Load, Target, closed, open};

use crate::bench::{self, Bench};
use crate::native;
use crate::table::{Row, Table};

/// Puts load on a host of this machine, and measures
#[derive(Debug, Parser)]
#[command(name = "tombola-load", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Bench(Bench),
    Draw(Draw),
    /// Serve with the standard rules as native code, as `tombola demo` serves with sandboxed ones
    #[command(name = native::COMMAND, hide = true)]
    Native(native::Native),
}

/// Draw in a running host's campaign, and say how that went
#[derive(Debug, Args)]
struct Draw {
    /// Where the host listens, on this machine
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    address: SocketAddr,
    /// The secret of a client's token
    #[arg(long)]
    token: String,
    /// The campaign
    #[arg(long, default_value = "spring")]
    campaign: String,
    /// Connections
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Draws, each under a new key
    #[arg(long, default_value_t = 20_000)]
    requests: u64,
    /// Players who draw
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    players: u64,
    /// Seconds after which no draw begins
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Draws a second that are due, whatever the host does; without it, as many as it answers
    #[arg(long)]
    rate: Option<u32>,
    /// What is new about this load's keys
    #[arg(long, default_value_t = std::process::id().to_string())]
    run: String,
}

impl Cli {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Bench(bench) => driver(bench::run(bench)),
            Command::Draw(draw) => driver(draw.run()),
            Command::Native(native) => native.run(),
        }
    }
}

/// The driver has one thread: what it takes from the host stays little and the same.
fn driver(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("starting the driver")?.block_on(work)
}

impl Draw {
    async fn run(self) -> anyhow::Result<()> {
        let Self { address, token, campaign, connections, requests, players, seconds, rate, run } = self;
        let load = Load::new(Target::new(address)?, connections, requests, Duration::from_secs(seconds))?;
        let draws = Arc::new(Draws::new(&campaign, &token, &run, players));
        let report = match rate {
            Some(rate) => open(load, rate, draws).await,
            None => closed(load, draws).await,
        };
        let mut table = Table::new("What the host did");
        table.add(Row::new("draws").of(&report));
        for (status, count) in report.statuses() {
            table.add(Row::new(format!("status {status}")).count("", *count, "answers"));
        }
        table.add(Row::new("no answer").count("", report.failures(), "requests"));
        table.print();
        Ok(())
    }
}
