use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{Client, Host, Page, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;
use crate::report::Table;

/// Show the hosts that serve the database, and some of those that did
#[derive(Debug, Args)]
pub(crate) struct Hosts {
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Hosts {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        tell(Client::new(self.target)?.hosts(), self.json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let mut table = Table::new(["HOST", "NAME", "STATE", "ACTIVATION", "SEEN"]);
    for Host { number, name, state, activation, seen_at } in Page::<Host>::deserialize(answer)?.items {
        table.add([number.to_string(), name, state, activation.to_string(), seen_at.unwrap_or_default()]);
    }
    Ok(table.to_string())
}
