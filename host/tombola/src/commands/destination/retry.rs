use clap::Args;
use serde_json::Value;
use tombola_domain::id::DestinationName;
use tombola_domain::reason::Reason;

use crate::client::{Client, Target};
use crate::commands::retrying::retry_all;
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Try all awards again that a destination could not be told of
#[derive(Debug, Args)]
pub(crate) struct Retry {
    /// Name of the destination
    name: DestinationName,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print how many there are, as JSON
    #[arg(long)]
    json: bool,
}

impl Retry {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { name, reason, target, json } = self;
        let client = Client::new(target)?;
        let text = |answer: &Value| Ok(format!("{} awards are tried again\n", answer["retried"]));
        tell(retry_all(|| client.retry_destination(&name, &reason)), json, text)
    }
}
