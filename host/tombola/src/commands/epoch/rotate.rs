use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use tombola_domain::reason::Reason;

use crate::client::{Client, Epoch, Rotated, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// End the epoch: its secret is shown, so that anyone can check its draws, and the next one begins
#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Rotate {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { reason, target, json } = self;
        tell(Client::new(target)?.rotate_epoch(&reason), json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let Rotated { current, ended } = Rotated::deserialize(answer)?;
    let Epoch { epoch, secret, .. } = ended;
    let secret = secret.unwrap_or_default();
    Ok(format!(
        "epoch {epoch} is over; its secret is {secret}\nepoch {} has begun\n  {}\n",
        current.epoch, current.commitment
    ))
}
