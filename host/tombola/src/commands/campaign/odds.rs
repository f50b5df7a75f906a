use clap::Args;
use serde::Deserialize;
use serde_json::Value;

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

fn fact(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("a fact is given as NAME=VALUE")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn facts_are_json_or_texts() {
        let check = |text: &str, expected: Value| assert_eq!(fact(text).unwrap(), ("a.b".to_owned(), expected));
        check("a.b=60", json!(60));
        check("a.b=true", json!(true));
        check("a.b=app", json!("app"));
        check("a.b=\"60\"", json!("60"));
        check("a.b=[1,2]", json!([1, 2]));
        check("a.b=c=d", json!("c=d"));
        check("a.b=", json!(""));
    }
}
