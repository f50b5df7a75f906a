use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use tombola_domain::reason::Reason;

use crate::client::{Client, Drift, Page, Pass, Target};
use crate::commands::tell::{PAGE, given, tell};
use crate::exit::Ended;
use crate::report::Table;

/// Have a host compare all that it keeps with itself, and show what differs
///
/// A host does so by itself every few minutes. What is provably missing is put back; anything else that differs is shown, and
/// makes this end with exit code 1.
#[derive(Debug, Args)]
pub(crate) struct Reconcile {
    /// Only show what earlier passes found
    #[arg(long)]
    list: bool,
    /// How many differences to show, up to 200
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(PAGE))]
    limit: u32,
    /// Go on where an earlier page ended, as it said
    #[arg(long, requires = "list")]
    cursor: Option<String>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Reconcile {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        let Self { list, limit, cursor, reason, target, json } = self;
        let client = Client::new(target)?;
        let query = given([("limit", Some(limit.to_string())), ("cursor", cursor)]);
        if list {
            return tell(client.differences(&query), json, differences);
        }
        let answer = client.reconcile(&reason);
        let open = answer.as_ref().map_or(0, |answer| answer["open"].as_u64().unwrap_or_default());
        let told = tell(answer, json, pass)?;
        if open == 0 {
            return Ok(told);
        }
        if !json {
            tell(client.differences(&query), json, differences)?;
        }
        Ok(Ended::Refused)
    }
}

fn pass(answer: &Value) -> serde_json::Result<String> {
    let Pass { rows, found, new, repaired, open } = Pass::deserialize(answer)?;
    Ok(format!(
        "{rows} rows were compared: {found} differ, {new} of them new; {repaired} were put right, {open} are open\n"
    ))
}

fn differences(answer: &Value) -> serde_json::Result<String> {
    let Page { items, next } = Page::<Drift>::deserialize(answer)?;
    let mut table =
        Table::new(["NUMBER", "COMPARISON", "SUBJECT", "PLAYER", "FOUND", "EXPECTED", "FIRST SEEN", "ENDED"]);
    for Drift { number, comparison, subject, player, found, expected, first_seen, repaired_at, gone_at } in items {
        let ended = repaired_at.or(gone_at).unwrap_or_default();
        let [number, found, expected] = [number.to_string(), found.to_string(), expected.to_string()];
        table.add([number, comparison, subject, player.unwrap_or_default(), found, expected, first_seen, ended]);
    }
    let more = next.map_or(String::new(), |cursor| format!("for more: --list --cursor {cursor}\n"));
    Ok(format!("{table}{more}"))
}
