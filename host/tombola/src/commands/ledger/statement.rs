use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use tombola_domain::id::{PlayerId, UnitName};

use crate::client::{Client, LotChange, Page, StatementLine, Target};
use crate::commands::tell::{PAGE, tell};
use crate::exit::Ended;
use crate::report::Table;

/// Show what came in and went out of what a player has of a unit, latest first
#[derive(Debug, Args)]
pub(crate) struct Statement {
    /// The player
    player: PlayerId,
    /// The unit
    unit: UnitName,
    /// How many transfers, up to 200
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

impl Statement {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { player, unit, limit, cursor, target, json } = self;
        let parts = [("limit", Some(limit.to_string())), ("cursor", cursor)];
        let query: Vec<_> = parts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        tell(Client::new(target)?.statement(&player, &unit, &query), json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let Page { items, next } = Page::<StatementLine>::deserialize(answer)?;
    let mut table = Table::new(["POSTING", "AT", "WHY", "AMOUNT", "FROM", "TO", "LAPSES"]);
    for StatementLine { posting, at, why, amount, from, to, lots } in items {
        let [from, to] = [from, to].map(Option::unwrap_or_default);
        table.add([posting.to_string(), at, why, amount.to_string(), from, to, lapses(lots)]);
    }
    let more = next.map_or(String::new(), |cursor| format!("for more: --cursor {cursor}\n"));
    Ok(format!("{table}{more}"))
}

/// When what came or went does; of several lots, how much of each.
fn lapses(lots: Vec<LotChange>) -> String {
    let is_one = lots.len() == 1;
    let lapse = |LotChange { change, lapses_at }| {
        let at = lapses_at.unwrap_or_else(|| "never".to_owned());
        if is_one { at } else { format!("{change}: {at}") }
    };
    lots.into_iter().map(lapse).collect::<Vec<_>>().join(", ")
}
