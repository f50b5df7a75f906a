use clap::Args;
use tombola_domain::id::{HoldId, PlayerId};
use tombola_domain::reason::Reason;

use super::ended;
use crate::client::{Client, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Give back what a hold set aside
#[derive(Debug, Args)]
pub(crate) struct Release {
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

impl Release {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { player, hold, reason, target, json } = self;
        tell(Client::new(target)?.release_hold(&player, &hold, &reason), json, ended)
    }
}
