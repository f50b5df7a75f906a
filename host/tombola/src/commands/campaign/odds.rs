use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use super::fact;
use crate::client::{self, Client, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;
use crate::report;

/// Show declared beside effective odds of the live revision
///
/// What isn't given is as for a new player now.
#[derive(Debug, Args)]
pub(crate) struct Odds {
    /// Name of the campaign
    campaign: String,
    /// Value of a fact, such as player.draws.total=60, once for each; JSON, or else a text
    #[arg(long = "fact", value_name = "NAME=VALUE", value_parser = fact)]
    facts: Vec<(String, Value)>,
    /// Prize to take for sold out, once for each
    #[arg(long, value_name = "PRIZE")]
    sold_out: Vec<String>,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Odds {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { campaign, facts, sold_out, target, json } = self;
        let facts = facts.into_iter().collect::<serde_json::Map<_, _>>().into();
        tell(Client::new(target)?.odds(&campaign, &facts, &sold_out), json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    Ok(report::odds(&client::Odds::deserialize(answer)?).to_string())
}
