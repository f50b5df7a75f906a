use clap::Args;
use serde_json::Value;
use tombola_domain::id::{CampaignId, PlayerId};
use tombola_domain::reason::Reason;

use crate::client::{Client, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Give a player more chances to draw
#[derive(Debug, Args)]
pub(crate) struct Chances {
    /// The campaign
    campaign: CampaignId,
    /// The player
    player: PlayerId,
    /// How many
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    amount: u64,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Chances {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { campaign, player, amount, reason, target, json } = self;
        let answer = Client::new(target)?.grant_chances(&campaign, &player, amount, &reason);
        let text = |answer: &Value| Ok(format!("{} were given in all, beside those to begin with\n", answer["added"]));
        tell(answer, json, text)
    }
}
