use clap::Args;
use serde_json::Value;
use tombola_domain::reason::Reason;

use crate::client::{Client, Target};
use crate::commands::retrying::retry_all;
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Have all tried again that the host gave up to hand over itself
///
/// `tombola destination retry` does so for a destination of webhooks.
#[derive(Debug, Args)]
pub(crate) struct Retry {
    /// Which queue
    #[arg(value_parser = ["chances", "points", "referrals"])]
    queue: String,
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
        let Self { queue, reason, target, json } = self;
        let client = Client::new(target)?;
        let text = |answer: &Value| Ok(format!("{} are tried again\n", answer["retried"]));
        tell(retry_all(|| client.retry_queue(&queue, &reason)), json, text)
    }
}
