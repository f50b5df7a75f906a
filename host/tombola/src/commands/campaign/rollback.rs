use clap::Args;

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
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Rollback {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { campaign, to, from, target, json } = self;
        tell(Client::new(target)?.rollback(&campaign, to, from), json, published)
    }
}
