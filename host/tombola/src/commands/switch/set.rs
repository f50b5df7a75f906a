use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use tombola_domain::reason::Reason;
use tombola_domain::switch;

use crate::client::{Client, Switch, Target};
use crate::commands::tell::tell;
use crate::exit::{Ended, UsageError};

/// Set a switch on all hosts; each goes by it within a second
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// reads-only, deliveries-off, token-rate, player-rate or campaign-rate
    switch: switch::Switch,
    /// on or off; of a rate off, default for what hosts' own settings say, or requests in seconds, like 100/10s
    setting: String,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Set {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { switch, setting, reason, target, json } = self;
        let setting = switch.setting(&setting);
        let setting = setting.map_err(|error| UsageError::of(format!("{switch} can't be set so"), error))?;
        tell(Client::new(target)?.set_switch(switch, setting, &reason), json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let Switch { switch, setting, holds, .. } = Switch::deserialize(answer)?;
    let here = if setting == holds { String::new() } else { format!(", here {holds}") };
    Ok(format!("{switch} is {setting}{here}\n"))
}
