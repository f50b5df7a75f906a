//! What one Redis bears of what hosts ask of it.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tokio::task::JoinSet;
use tombola_app::admission::SharedLimits;
use tombola_domain::switch::Limited;
use tombola_hot::{Hot, Settings};
use tombola_protection::Admitted;
use tombola_servers::Redis;

use super::Setting;
use crate::table::{Row, Table, median, to_float};

/// What is compared with: a script that does one thing.
const DECREMENT: &str = "return redis.call('DECR', KEYS[1])";
/// Calls of it in a round, and keys that are exchanged.
const COUNT: u64 = 144_000;
/// Connections that ask at once.
const CLIENTS: u64 = 48;
/// Hosts that share a key.
const HOSTS: u64 = 3;
/// How often a call is made that took too long, and the time in between; hosts make it again as well.
const TRIES_MAX: u32 = 100;
const PAUSE: Duration = Duration::from_millis(100);
/// Connections, and the keys of a call: many small ones, and as many as a host sends at most, which has one call under way at a time.
const LOADS: [(u64, u64); 2] = [(CLIENTS, 1), (HOSTS, 500)];

/// The script by which hosts share rates, and one that lowers a number, asked by `redis-benchmark`, in turn.
pub(super) async fn exchanges(setting: &Setting) -> anyhow::Result<Table> {
    let redis = Redis::start();
    let mut bare = vec![];
    let mut shared = LOADS.map(|_| vec![]);
    for _ in 0..setting.rounds {
        let decrements = decrements(&redis)?;
        for ((clients, keys), shared) in LOADS.into_iter().zip(&mut shared) {
            let rate = exchange(&redis, clients, keys).await?;
            shared.push((rate, rate / decrements));
        }
        bare.push(decrements);
    }
    let mut table = Table::new("How many rates can one Redis share?");
    table.add(Row::new("a script that lowers a number, redis-benchmark").cell("", median(bare), "/s"));
    for ((_, keys), shared) in LOADS.into_iter().zip(shared) {
        let (rates, ratios) = shared.into_iter().unzip();
        let row = Row::new(format!("keys of rates, {keys} a call")).cell("", median(rates), "/s");
        table.add(row.cell("", median(ratios), "× that"));
    }
    Ok(table)
}

/// How many a second, by as many connections.
fn decrements(redis: &Redis) -> anyhow::Result<f64> {
    let script = redis.ask(&["SCRIPT", "LOAD", DECREMENT]);
    let mut command = Command::new("redis-benchmark");
    command.args(["-p", &redis.address().port().to_string(), "-c", &CLIENTS.to_string(), "-n", &COUNT.to_string()]);
    let output = command.args(["--csv", "EVALSHA", &script, "1", "left"]).output();
    let output = output.with_context(|| format!("running {command:?}: run scripts/setup redis"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    // Below a heading there is one line: what was asked, and how many were answered a second.
    let told = String::from_utf8_lossy(&output.stdout);
    let line = told.lines().last().unwrap_or_default();
    let rate = line.split("\",\"").nth(1).and_then(|rate| rate.parse().ok());
    rate.with_context(|| format!("{command:?} said: {told}"))
}

/// How many keys a second, each of some hosts'.
async fn exchange(redis: &Redis, clients: u64, keys: u64) -> anyhow::Result<f64> {
    let mut tasks = JoinSet::new();
    let began = Instant::now();
    for client in 0..clients {
        let settings = Settings { nodes: vec![redis.url()], namespace: "bench".to_owned(), host: client };
        let hot = Hot::new(settings).context("its address is one")?;
        tasks.spawn(async move {
            for call in 0..COUNT / clients / keys {
                let key = |number| client / HOSTS * keys + number;
                let requests = vec![(call, 1)];
                let told =
                    |number| Admitted { key: key(number), window_ms: 60_000, slot: call, requests: requests.clone() };
                let told: Vec<_> = (0..keys).map(told).collect();
                let mut tries = 1;
                while let Err(error) = hot.exchange(Limited::Player, &told).await {
                    ensure!(tries < TRIES_MAX, error);
                    tries += 1;
                    tokio::time::sleep(PAUSE).await;
                }
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.context("a client fails by its error")??;
    }
    Ok(to_float(COUNT) / began.elapsed().as_secs_f64())
}
