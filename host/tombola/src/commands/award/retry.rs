use clap::Args;
use tombola_domain::award::State;
use tombola_domain::id::AwardId;
use tombola_domain::reason::Reason;

use super::text;
use crate::client::{Client, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Try an award again that could not be delivered
///
/// `tombola destination retry` tries all awards of a destination again.
#[derive(Debug, Args)]
pub(crate) struct Retry {
    /// Id of the award
    award: AwardId,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Retry {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { award, reason, target, json } = self;
        tell(Client::new(target)?.move_award(&award, State::Pending, &reason), json, text)
    }
}
