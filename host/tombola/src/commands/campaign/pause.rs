use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use tombola_domain::reason::Reason;

use crate::client::{Client, Pause, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Stop a campaign: no draw is made in it until it is resumed
#[derive(Debug, Args)]
pub(crate) struct PauseCommand {
    #[command(flatten)]
    switch: Switch,
}

/// Let a paused campaign take draws again
#[derive(Debug, Args)]
pub(crate) struct ResumeCommand {
    #[command(flatten)]
    switch: Switch,
}

#[derive(Debug, Args)]
struct Switch {
    /// Name of the campaign
    campaign: String,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl PauseCommand {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        self.switch.set("pause")
    }
}

impl ResumeCommand {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        self.switch.set("resume")
    }
}

impl Switch {
    fn set(self, verb: &str) -> anyhow::Result<Ended> {
        let Self { campaign, reason, target, json } = self;
        tell(Client::new(target)?.set_paused(&campaign, verb, &reason), json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let Pause { campaign, revision, paused, changed } = Pause::deserialize(answer)?;
    let state = if paused { "is paused" } else { "takes draws" };
    let before = if changed { "" } else { ", as before" };
    Ok(format!("{campaign} (revision {revision}) {state}{before}\n"))
}
