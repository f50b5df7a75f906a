use clap::Args;
use tombola_domain::id::AwardId;

use super::text;
use crate::client::{Client, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Show an award, and how it came to be as it is
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Id of the award
    award: AwardId,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Show {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        tell(Client::new(self.target)?.award(&self.award), self.json, text)
    }
}
