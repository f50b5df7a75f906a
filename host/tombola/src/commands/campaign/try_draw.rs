use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Source, fact};
use crate::client::{Client, Target, Tried};
use crate::commands::tell::tell;
use crate::exit::Ended;
use crate::report;

/// Try one draw and show each of its steps; nothing is committed
///
/// What isn't given is as for a new player now. On a document its own examples are left aside.
#[derive(Debug, Args)]
pub(crate) struct Try {
    /// Name of the campaign whose live revision it is tried on
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    campaign: Option<String>,
    /// Document to try it on instead, as YAML or JSON
    #[arg(long)]
    file: Option<PathBuf>,
    /// Value of a fact, such as player.draws.total=60, once for each; JSON, or else a text
    #[arg(long = "fact", value_name = "NAME=VALUE", value_parser = fact)]
    facts: Vec<(String, Value)>,
    /// Prize to take for sold out, once for each
    #[arg(long, value_name = "PRIZE")]
    sold_out: Vec<String>,
    /// Ticket that is drawn
    #[arg(long, conflicts_with = "drawn")]
    ticket: Option<u64>,
    /// Prize that the ticket draws, or `nothing`
    #[arg(long, value_name = "PRIZE")]
    drawn: Option<String>,
    /// Seed of the trial to repeat, as the one before showed it
    #[arg(long)]
    seed: Option<String>,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Try {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { campaign, file, facts, sold_out, ticket, drawn, seed, target, json } = self;
        let (campaign, document) = match (campaign, file) {
            (_, Some(file)) => {
                let (campaign, document) = Source { file, campaign: None }.read()?;
                (campaign, Some(document.text))
            }
            (campaign, None) => (campaign.unwrap_or_default(), None),
        };
        let facts = Value::from(facts.into_iter().collect::<Map<_, _>>());
        let mut body = json!({"facts": facts, "sold_out": sold_out});
        let ticket = ticket.map(|ticket| ticket.to_string());
        for (field, value) in [("document", document), ("ticket", ticket), ("drawn", drawn), ("seed", seed)] {
            if let Some(value) = value {
                body[field] = value.into();
            }
        }
        tell(Client::new(target)?.try_draw(&campaign, &body), json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    Ok(report::trial(&Tried::deserialize(answer)?))
}
