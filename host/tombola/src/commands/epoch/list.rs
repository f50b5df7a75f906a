use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{Client, Epochs, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;
use crate::report::Table;

/// List the latest epochs: what each promised, and the secrets of those that are over
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
        let Self { target, json } = self;
        tell(Client::new(target)?.epochs(), json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let mut table = Table::new(["EPOCH", "STATE", "BEGAN", "ENDED", "COMMITMENT", "SECRET"]);
    for epoch in Epochs::deserialize(answer)?.items {
        let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let (began, ended, secret) = (shown(&epoch.began_at), shown(&epoch.ended_at), shown(&epoch.secret));
        table.add([&epoch.epoch.to_string(), &epoch.state, &began, &ended, &epoch.commitment, &secret]);
    }
    Ok(table.to_string())
}
