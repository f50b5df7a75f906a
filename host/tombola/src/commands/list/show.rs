use clap::Args;
use tombola_domain::id::ListName;

use super::text;
use crate::client::{Client, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Show version, size and digest of a list
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Name of the list
    list: ListName,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Show {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { list, target, json } = self;
        tell(Client::new(target)?.list(&list), json, text)
    }
}
