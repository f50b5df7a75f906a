use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{Award, Client, Page, Target};
use crate::commands::tell::{PAGE, given, tell};
use crate::exit::Ended;
use crate::report::Table;

/// Show awards, earliest first
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only those of this campaign
    #[arg(long)]
    campaign: Option<String>,
    /// Only those of this prize
    #[arg(long)]
    prize: Option<String>,
    /// Only those that are so far, like failed or pending
    #[arg(long)]
    state: Option<String>,
    /// How many, up to 200
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(PAGE))]
    limit: u32,
    /// Go on where an earlier page ended, as it said
    #[arg(long)]
    cursor: Option<String>,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { campaign, prize, state, limit, cursor, target, json } = self;
        let query = given([
            ("campaign", campaign),
            ("prize", prize),
            ("state", state),
            ("limit", Some(limit.to_string())),
            ("cursor", cursor),
        ]);
        tell(Client::new(target)?.awards(&query), json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let Page { items, next } = Page::<Award>::deserialize(answer)?;
    let mut table = Table::new(["AWARD", "WON", "CAMPAIGN", "PRIZE", "AMOUNT", "STATE"]);
    for Award { award, campaign, prize, amount, state, won_at, .. } in items {
        table.add([award, won_at, campaign, prize, amount.to_string(), state]);
    }
    let more = next.map_or(String::new(), |cursor| format!("for more: --cursor {cursor}\n"));
    Ok(format!("{table}{more}"))
}
