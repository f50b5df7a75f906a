use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};
use tombola_domain::id::UnitName;
use tombola_domain::reason::Reason;

use crate::client::{self, Client, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Declare a unit, or declare it anew for what comes in from then on
#[derive(Debug, Args)]
pub(crate) struct Unit {
    /// Name of the unit, as documents say it
    unit: UnitName,
    /// What people call it
    #[arg(long, value_name = "TEXT")]
    title: String,
    /// For how many days what comes in can be spent; for ever without it
    #[arg(long, value_name = "DAYS")]
    lifetime_days: Option<u32>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Unit {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { unit, title, lifetime_days, reason, target, json } = self;
        let mut body = json!({"title": title, "reason": reason.as_str()});
        if let Some(days) = lifetime_days {
            body["lifetime_days"] = days.into();
        }
        tell(Client::new(target)?.put_unit(&unit, &body), json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let client::Unit { unit, title, .. } = client::Unit::deserialize(answer)?;
    Ok(format!("{unit} is declared ({title})\n"))
}
