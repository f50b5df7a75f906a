use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use tombola_domain::id::PlayerId;

use crate::client::{Client, Hold, Page, Target};
use crate::commands::tell::{PAGE, given, tell};
use crate::exit::Ended;
use crate::report::Table;

/// Show what is and was set aside of a player's, latest first
#[derive(Debug, Args)]
pub(crate) struct List {
    /// The player
    player: PlayerId,
    /// How many holds, up to 200
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
        let Self { player, limit, cursor, target, json } = self;
        let query = given([("limit", Some(limit.to_string())), ("cursor", cursor)]);
        tell(Client::new(target)?.holds(&player, &query), json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let Page { items, next } = Page::<Hold>::deserialize(answer)?;
    let mut table = Table::new(["HOLD", "UNIT", "AMOUNT", "STATE", "TAKEN", "HELD", "EXPIRES", "VOIDED"]);
    for Hold { id, unit, amount, state, taken, held_at, expires_at, voided_at } in items {
        let taken = taken.map_or(String::new(), |taken| taken.to_string());
        table.add([id, unit, amount.to_string(), state, taken, held_at, expires_at, voided_at.unwrap_or_default()]);
    }
    let more = next.map_or(String::new(), |cursor| format!("for more: --cursor {cursor}\n"));
    Ok(format!("{table}{more}"))
}
