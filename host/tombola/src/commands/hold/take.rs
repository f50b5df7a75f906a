use clap::Args;
use tombola_domain::amount::AMOUNT_MAX;
use tombola_domain::id::{HoldId, PlayerId};
use tombola_domain::reason::Reason;

use super::ended;
use crate::client::{Client, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Take what a hold set aside: it is spent then
#[derive(Debug, Args)]
pub(crate) struct Take {
    /// The player
    player: PlayerId,
    /// The hold, as `list` tells it
    hold: HoldId,
    /// How much; the rest is given back [default: all of it]
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=AMOUNT_MAX))]
    amount: Option<i64>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Take {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { player, hold, amount, reason, target, json } = self;
        tell(Client::new(target)?.take_hold(&player, &hold, amount, &reason), json, ended)
    }
}
