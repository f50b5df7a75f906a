use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use tombola_domain::id::{HoldId, PlayerId};
use tombola_domain::reason::Reason;

use crate::client::{self, Client, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Give back what was taken of a hold
#[derive(Debug, Args)]
pub(crate) struct Void {
    /// The player
    player: PlayerId,
    /// The hold, as `list` tells it
    hold: HoldId,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Void {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { player, hold, reason, target, json } = self;
        tell(Client::new(target)?.void_hold(&player, &hold, &reason), json, voided)
    }
}

fn voided(answer: &Value) -> serde_json::Result<String> {
    let client::Hold { id, unit, taken, voided_at, .. } = client::Hold::deserialize(answer)?;
    let (taken, at) = (taken.unwrap_or_default(), voided_at.unwrap_or_default());
    Ok(format!("{id} was voided at {at}: {taken} {unit} given back\n"))
}
