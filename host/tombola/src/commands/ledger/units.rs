use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{Client, Page, Target, Unit};
use crate::commands::tell::tell;
use crate::exit::Ended;
use crate::report::Table;

/// Show the units that are declared
#[derive(Debug, Args)]
pub(crate) struct Units {
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Units {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        tell(Client::new(self.target)?.units(), self.json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let mut table = Table::new(["UNIT", "LASTS", "TITLE"]);
    for Unit { unit, title, lifetime_days } in Page::<Unit>::deserialize(answer)?.items {
        table.add([unit, lifetime_days.map_or_else(|| "for ever".to_owned(), |days| format!("{days} days")), title]);
    }
    Ok(table.to_string())
}
