use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{Client, Destination, Page, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;
use crate::report::Table;

/// Show destinations, and what waits for each
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
        tell(Client::new(self.target)?.destinations(), self.json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let mut table = Table::new(["DESTINATION", "WAITING", "TRIED", "DEAD", "BREAKER", "OLDEST", "URL"]);
    for destination in Page::<Destination>::deserialize(answer)?.items {
        let Destination { destination, url, waiting, tried, dead, breaker, oldest_at, .. } = destination;
        let counts = [waiting, tried, dead].map(|count| count.to_string());
        let [waiting, tried, dead] = counts;
        table.add([destination, waiting, tried, dead, breaker, oldest_at.unwrap_or_default(), url]);
    }
    Ok(table.to_string())
}
