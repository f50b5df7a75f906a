mod list;
mod release;
mod take;
mod void;

use clap::Subcommand;
use serde::Deserialize;
use serde_json::Value;

use crate::client;
use crate::exit::Ended;

/// See what is set aside of players, take it or give it back in place of the service that placed it, and undo that
#[derive(Debug, Subcommand)]
pub(crate) enum Hold {
    List(list::List),
    Take(take::Take),
    Release(release::Release),
    Void(void::Void),
}

impl Hold {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        match self {
            Self::List(list) => list.run(),
            Self::Take(take) => take.run(),
            Self::Release(release) => release.run(),
            Self::Void(void) => void.run(),
        }
    }
}

/// How a hold ended.
fn ended(answer: &Value) -> serde_json::Result<String> {
    let client::Hold { id, unit, amount, state, taken, .. } = client::Hold::deserialize(answer)?;
    let back = amount - taken.unwrap_or_default();
    Ok(format!("{id} is {state}: {} {unit} taken, {back} given back\n", amount - back))
}
