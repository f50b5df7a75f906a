use clap::Args;
use serde_json::json;
use tombola_domain::id::DestinationName;
use tombola_domain::reason::Reason;

use crate::client::{Client, Target};
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
        let mut retried = 0;
        let answer = loop {
            // A host takes as many at once as fit in a short transaction.
            match client.retry_destination(&name, &reason) {
                Ok(answer) => {
                    retried += answer["retried"].as_u64().unwrap_or_default();
                    if answer["left"] == 0 || answer["retried"] == 0 {
                        break Ok(json!({"retried": retried, "left": answer["left"]}));
                    }
                }
                error => break error,
            }
        };
        tell(answer, json, |_| Ok(format!("{retried} awards are tried again\n")))
    }
}
