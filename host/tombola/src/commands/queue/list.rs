use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{Client, Page, Queue, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;
use crate::report::Table;

/// Show the host's own queues, and what waits in each
///
/// `tombola destination list` shows what waits for destinations of webhooks.
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        tell(Client::new(self.target)?.queues(), self.json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let mut table = Table::new(["QUEUE", "WAITING", "TRIED", "DEAD", "OLDEST"]);
    for Queue { queue, waiting, tried, dead, oldest_at } in Page::<Queue>::deserialize(answer)?.items {
        let [waiting, tried, dead] = [waiting, tried, dead].map(|count| count.to_string());
        table.add([queue, waiting, tried, dead, oldest_at.unwrap_or_default()]);
    }
    Ok(table.to_string())
}
