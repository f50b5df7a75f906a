use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{Client, Page, Switch, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;
use crate::report::Table;

/// Show the switches, what each is set to, and what holds on the host that is asked
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
        tell(Client::new(self.target)?.switches(), self.json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let mut table = Table::new(["SWITCH", "SETTING", "HOLDS", "SET"]);
    for Switch { switch, setting, holds, set_at } in Page::<Switch>::deserialize(answer)?.items {
        table.add([switch, setting, holds, set_at.unwrap_or_default()]);
    }
    Ok(table.to_string())
}
