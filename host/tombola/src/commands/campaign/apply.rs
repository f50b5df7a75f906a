use clap::Args;
use tombola_domain::reason::Reason;

use super::{Source, published};
use crate::client::{Client, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Publish a document: every draw that begins after this runs on it
#[derive(Debug, Args)]
pub(crate) struct Apply {
    #[command(flatten)]
    source: Source,
    /// Revision that must be live before, else nothing is published; 0 is none
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

impl Apply {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { source, from, reason, target, json } = self;
        let (campaign, document) = source.read()?;
        tell(Client::new(target)?.publish(&campaign, document, from, &reason), json, published)
    }
}
