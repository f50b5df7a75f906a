//! Many rules in memory at once.

use std::io::{IsTerminal, stderr};
use std::sync::Arc;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tombola_domain::fact::Value;
use tombola_engine::rule::Rule;
use tombola_sandbox::Sandbox;

use super::Setting;
use super::evaluation::{facts, histogram, percentiles, prepare, sandbox, timed};
use crate::process::memory_bytes;
use crate::table::{Row, Table, to_float};

/// Rules that are made ready side by side: as many as there are compiling processes.
const TOGETHER: u32 = 2;
/// Evaluations of each figure.
const EVALUATIONS: usize = 100_000;

/// Each rule has a config of its own, so that each has native code and an image of its own.
pub(super) async fn residents(setting: &Setting) -> anyhow::Result<Table> {
    let sandbox = sandbox(setting)?;
    let (before, began) = (memory_bytes("self")?, Instant::now());
    let rules = make_all(&sandbox, setting.residents).await?;
    let prepared = began.elapsed();
    let one = evaluate(&rules[..1])?;
    let loaded = memory_bytes("self")?;
    let all = evaluate(&rules)?;
    let used = memory_bytes("self")?;
    let each = |bytes: u64| to_float(bytes.saturating_sub(before)) / f64::from(setting.residents) / 1024.0;
    let mut table = Table::new("What do many rules in memory cost?");
    let row = Row::new(format!("{} rules made ready", setting.residents));
    table.add(row.cell("", prepared.as_secs_f64() * 1e3 / f64::from(setting.residents), "ms each"));
    table.add(Row::new("memory, when made ready").cell("", each(loaded), "KiB each"));
    table.add(Row::new("memory, when each has run").cell("", each(used), "KiB each"));
    table.add(percentiles(Row::new("evaluation of one of them, again and again"), &one));
    table.add(percentiles(Row::new("evaluation of all of them in turn"), &all));
    Ok(table)
}

async fn make_all(sandbox: &Sandbox, count: u32) -> anyhow::Result<Vec<Arc<dyn Rule>>> {
    let progress = if stderr().is_terminal() { ProgressBar::new(count.into()) } else { ProgressBar::hidden() };
    progress.set_style(ProgressStyle::with_template("making rules ready {bar:40} {pos}/{len}, {eta} left")?);
    let mut rules = Vec::new();
    for first in (0..count).step_by(TOGETHER as usize) {
        let next = first + 1;
        if next < count {
            let (one, other) = tokio::try_join!(make(sandbox, first), make(sandbox, next))?;
            rules.extend([one, other]);
        } else {
            rules.push(make(sandbox, first).await?);
        }
        progress.inc(TOGETHER.into());
    }
    progress.finish_and_clear();
    Ok(rules)
}

async fn make(sandbox: &Sandbox, number: u32) -> anyhow::Result<Arc<dyn Rule>> {
    let config = json!({"fact": "player.draws.total", "tiers": [{"from": number, "pool": "better"}]});
    prepare(sandbox, "weight-tier", &config).await
}

/// Evaluates rules in turn.
fn evaluate(rules: &[Arc<dyn Rule>]) -> anyhow::Result<hdrhistogram::Histogram<u64>> {
    let facts: Vec<Value> = facts(&*rules[0]);
    let mut nanos = histogram();
    for number in 0..EVALUATIONS {
        let time = timed(&*rules[number % rules.len()], &facts)?;
        nanos.saturating_record(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }
    Ok(nanos)
}
