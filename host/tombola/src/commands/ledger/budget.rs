use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use tombola_domain::id::{CampaignId, UnitName};
use tombola_domain::reason::Reason;

use crate::client::{Client, Left, Page, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;
use crate::report::Table;

/// Show what a campaign may still give away, or change it
#[derive(Debug, Args)]
pub(crate) struct Budget {
    /// The campaign
    campaign: CampaignId,
    /// How much more; below zero, how much less
    #[arg(long, value_name = "AMOUNT", requires = "unit", allow_hyphen_values = true)]
    add: Option<i64>,
    /// Of which unit
    #[arg(long, requires = "add")]
    unit: Option<UnitName>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Budget {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { campaign, add, unit, reason, target, json } = self;
        let client = Client::new(target)?;
        let answer = match (add, unit) {
            (Some(add), Some(unit)) => client.adjust_budget(&campaign, &unit, add, &reason),
            _ => client.budget(&campaign),
        };
        tell(answer, json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let mut table = Table::new(["UNIT", "LEFT"]);
    for Left { unit, left } in Page::<Left>::deserialize(answer)?.items {
        table.add([unit, left.to_string()]);
    }
    Ok(table.to_string())
}
