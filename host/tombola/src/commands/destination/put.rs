use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};
use tombola_domain::id::DestinationName;
use tombola_domain::reason::Reason;

use crate::client::{Client, Destination, Target};
use crate::commands::tell::tell;
use crate::exit::{Ended, UsageError};

/// Make a destination of webhooks, or change one
#[derive(Debug, Args)]
pub(crate) struct Put {
    /// Name of the destination, as documents say it
    name: DestinationName,
    /// Address that messages are sent to
    #[arg(long, value_name = "ADDRESS")]
    to: String,
    /// File with one or two secrets, one a line; without it those that it has stay
    #[arg(long, value_name = "FILE")]
    secrets_file: Option<PathBuf>,
    /// How long it may take to connect, in milliseconds [default: 3000]
    #[arg(long, value_name = "MS")]
    connect_ms: Option<u32>,
    /// How long a call may take in all, in milliseconds [default: 10000]
    #[arg(long, value_name = "MS")]
    call_ms: Option<u32>,
    /// Calls at once [default: 16]
    #[arg(long)]
    calls: Option<u32>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Put {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { name, to, secrets_file, connect_ms, call_ms, calls, reason, target, json } = self;
        let mut body = json!({"url": to, "reason": reason.as_str()});
        if let Some(file) = secrets_file {
            let unreadable = |error| UsageError::of(format!("{} can't be read", file.display()), error);
            let text = std::fs::read_to_string(&file).map_err(unreadable)?;
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            body["secrets"] = lines.collect::<Vec<_>>().into();
        }
        for (field, number) in [("connect_ms", connect_ms), ("call_ms", call_ms), ("calls", calls)] {
            if let Some(number) = number {
                body[field] = number.into();
            }
        }
        tell(Client::new(target)?.put_destination(&name, &body), json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let Destination { destination, url, version, .. } = Destination::deserialize(answer)?;
    Ok(format!("{destination} is {url} (version {version})\n"))
}
