use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{AuditEntry, Client, Page, Target};
use crate::commands::tell::{PAGE, given, tell};
use crate::exit::Ended;
use crate::report::Table;

/// Show who did what on a host, and why, latest first
#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// Only what concerns this campaign
    #[arg(long)]
    campaign: Option<String>,
    /// Only what this actor did: the name of a token
    #[arg(long)]
    actor: Option<String>,
    /// Only this, like publish or pause
    #[arg(long)]
    what: Option<String>,
    /// How many entries, up to 200
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

impl Audit {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        let Self { campaign, actor, what, limit, cursor, target, json } = self;
        let query = given([
            ("campaign", campaign),
            ("actor", actor),
            ("what", what),
            ("limit", Some(limit.to_string())),
            ("cursor", cursor),
        ]);
        tell(Client::new(target)?.audit(&query), json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let Page { items, next } = Page::<AuditEntry>::deserialize(answer)?;
    let mut table = Table::new(["NUMBER", "AT", "ACTOR", "WHAT", "SUBJECT", "AFTER", "REASON"]);
    for AuditEntry { number, at, actor, what, subject, after, reason } in items {
        // As much of a digest as tells it from its neighbours.
        let after: String = after.unwrap_or_default().chars().take(12).collect();
        table.add([number.to_string(), at, actor, what, subject, after, reason]);
    }
    let more = next.map_or(String::new(), |cursor| format!("for more: --cursor {cursor}\n"));
    Ok(format!("{table}{more}"))
}
