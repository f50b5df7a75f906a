use clap::Args;
use tombola_domain::reason::Reason;

use super::published;
use crate::client::{Client, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Go back to an earlier revision, with the modules that it had
#[derive(Debug, Args)]
pub(crate) struct Rollback {
    /// Name of the campaign
    campaign: String,
    /// Revision to go back to
    #[arg(long, value_name = "REVISION")]
    to: u64,
    /// Revision that must be live before, else nothing changes
    #[arg(long, value_name = "REVISION")]
    from: Option<u64>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Rollback {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { campaign, to, from, reason, target, json } = self;
        tell(Client::new(target)?.rollback(&campaign, to, from, &reason), json, published)
    }
}
