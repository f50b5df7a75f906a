use clap::Args;
use tombola_domain::amount::AMOUNT_MAX;
use tombola_domain::id::{HoldId, PlayerId};

use super::ended;
use crate::client::{Client, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Take what a hold set aside, with the token of a client: it is spent then
#[derive(Debug, Args)]
pub(crate) struct Take {
    /// The player
    player: PlayerId,
    /// The hold, as `list` tells it
    hold: HoldId,
    /// How much; the rest is given back [default: all of it]
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=AMOUNT_MAX))]
    amount: Option<i64>,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Take {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { player, hold, amount, target, json } = self;
        tell(Client::new(target)?.take_hold(&player, &hold, amount), json, ended)
    }
}
