use clap::Args;
use tombola_domain::id::PlayerId;
use tombola_domain::reason::Reason;

use crate::client::{Client, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Erase the values behind a player's receipts and events; hashes, counts and the ledger stay
#[derive(Debug, Args)]
pub(crate) struct Erase {
    /// The player's id
    player: PlayerId,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Erase {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { player, reason, target, json } = self;
        let answer = Client::new(target)?.erase_player(&player, &reason);
        tell(answer, json, |answer| Ok(format!("the values behind {} receipts were erased\n", answer["receipts"])))
    }
}
