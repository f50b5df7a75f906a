use clap::Args;
use tombola_domain::id::{PlayerId, UnitName};
use tombola_domain::reason::Reason;

use super::adjusted;
use crate::client::{Client, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Give a player some of a unit, or take away what they can spend
#[derive(Debug, Args)]
pub(crate) struct Give {
    /// The player
    player: PlayerId,
    /// The unit
    unit: UnitName,
    /// How much; below zero, how much is taken away
    #[arg(allow_hyphen_values = true)]
    amount: i64,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Give {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { player, unit, amount, reason, target, json } = self;
        tell(Client::new(target)?.adjust_balance(&player, &unit, amount, &reason), json, adjusted)
    }
}
