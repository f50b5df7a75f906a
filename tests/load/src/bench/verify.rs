//! How fast an auditor gets through what a host has drawn.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tombola_load::requests::Draws;
use tombola_load::{Load, closed};

use super::{Setting, documents, prepare};
use crate::operator::Operator;
use crate::table::{Row, Table, median, to_float};

const CONNECTIONS: usize = 64;
const PLAYERS: u64 = 100_000;
const TIME_MAX: Duration = Duration::from_mins(10);
/// Draws are checked in numbers that make what is done once (preparing the rules) weigh little.
const LOADS: u64 = 5;

/// Draws of six rules, each run again, beside draws without rules, of which only the words and hashes are checked.
pub(super) async fn verifications(setting: &Setting) -> anyhow::Result<Table> {
    let host = setting.host()?;
    prepare(&host, documents::WITH_RULES, &documents::with_rules()).await?;
    let operator = Operator::of(&host);
    operator.publish(documents::WITHOUT_RULES, &documents::without_rules()).await?;
    let mut subjects = Vec::new();
    for (name, campaign) in [("six sandboxed rules", documents::WITH_RULES), ("no rules", documents::WITHOUT_RULES)] {
        let draws = Draws::new(campaign, host.client_token(), "verify", PLAYERS);
        let report =
            closed(Load::new(host.target(), CONNECTIONS, setting.draws * LOADS, TIME_MAX)?, Arc::new(draws)).await;
        let file = host.folder().join(format!("{campaign}.jsonl"));
        let folder = host.folder().to_string_lossy();
        let file = file.to_str().context("the folder's name is no text")?.to_owned();
        setting.timed(&["export", "--campaign", campaign, "--data", &folder, &file])?;
        subjects.push((name, report.succeeded(), file, Vec::new()));
    }
    let key = operator.signing_key().await?;
    for _ in 0..setting.rounds {
        for (_, draws, file, rates) in &mut subjects {
            rates.push(to_float(*draws) / setting.timed(&["verify", "--key", &key, file])?.as_secs_f64());
        }
    }
    let mut table = Table::new("How many draws a second does `tombola verify` check?");
    for (name, draws, _, rates) in &subjects {
        let over = rates.iter().zip(&subjects[1].3).map(|(one, other)| one / other).collect();
        let row = Row::new(format!("{name}, {draws} draws")).cell("", median(rates.clone()), "draws/s");
        table.add(row.cell("", median(over), "× no rules"));
    }
    Ok(table)
}
