use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{Client, CodePool, Page, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;
use crate::report::Table;

/// Show pools, and how many codes each has
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
        tell(Client::new(self.target)?.code_pools(), self.json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let mut table = Table::new(["POOL", "FREE", "GIVEN", "EXPIRED", "WITHDRAWN", "LOW BELOW", "LOW"]);
    for pool in Page::<CodePool>::deserialize(answer)?.items {
        let CodePool { pool, low_water, free, given, expired, withdrawn, low } = pool;
        let [free, given, expired, withdrawn, low_water] =
            [free, given, expired, withdrawn, low_water].map(|count| count.to_string());
        let low = if low { "low" } else { "" };
        table.add([pool, free, given, expired, withdrawn, low_water, low.to_owned()]);
    }
    Ok(table.to_string())
}
