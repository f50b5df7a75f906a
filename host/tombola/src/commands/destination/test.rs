use clap::Args;
use serde::Deserialize;
use tombola_domain::id::DestinationName;

use crate::client::{Client, Target, Tested};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Send a destination a test message, and show what came back
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Name of the destination
    name: DestinationName,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Test {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let answer = Client::new(self.target)?.test_destination(&self.name);
        let delivered = answer.as_ref().is_ok_and(|answer| answer["delivered"] == true);
        let told = tell(answer, self.json, |answer| Tested::deserialize(answer).map(|tested| text(&tested)))?;
        Ok(if delivered { told } else { Ended::Refused })
    }
}

fn text(tested: &Tested) -> String {
    let Tested { id, status, body, error, took_ms, .. } = tested;
    match (status, error) {
        (Some(status), _) => {
            format!("{id} was answered {status} after {took_ms} ms\n{}\n", body.as_deref().unwrap_or_default())
        }
        (None, error) => {
            format!("{id} was not answered: {} ({took_ms} ms)\n", error.as_deref().unwrap_or("nobody says why"))
        }
    }
}
