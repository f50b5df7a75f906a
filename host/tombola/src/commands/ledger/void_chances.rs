use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use tombola_domain::id::{CampaignId, PlayerId};
use tombola_domain::reason::Reason;

use crate::client::{ChanceGrant, Client, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Take away what a player has left of chances that were given
#[derive(Debug, Args)]
pub(crate) struct VoidChances {
    /// The campaign
    campaign: CampaignId,
    /// The player
    player: PlayerId,
    /// The grant, as `chances` tells it
    grant: String,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl VoidChances {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { campaign, player, grant, reason, target, json } = self;
        tell(Client::new(target)?.void_chances(&campaign, &player, &grant, &reason), json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let ChanceGrant { amount, taken, voided_at, .. } = ChanceGrant::deserialize(answer)?;
    let (taken, voided_at) = (taken.unwrap_or_default(), voided_at.unwrap_or_default());
    Ok(format!("voided at {voided_at}: {taken} of {amount} were left, and were taken away\n"))
}
