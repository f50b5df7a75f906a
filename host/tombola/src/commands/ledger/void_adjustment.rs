use clap::Args;
use tombola_domain::id::PlayerId;
use tombola_domain::reason::Reason;

use super::adjusted;
use crate::client::{Client, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Undo what was given to a player or taken away: what they have spent of it they owe
#[derive(Debug, Args)]
pub(crate) struct VoidAdjustment {
    /// The player
    player: PlayerId,
    /// The posting, as `give` and `statement` tell it
    posting: u64,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl VoidAdjustment {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { player, posting, reason, target, json } = self;
        tell(Client::new(target)?.void_adjustment(&player, posting, &reason), json, adjusted)
    }
}
