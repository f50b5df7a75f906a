mod list;
mod rotate;

use clap::Subcommand;

use crate::exit::Ended;

/// See and end epochs, the spans of draws whose seeds come from one secret
#[derive(Debug, Subcommand)]
pub(crate) enum Epoch {
    List(list::List),
    Rotate(rotate::Rotate),
}

impl Epoch {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        match self {
            Self::List(list) => list.run(),
            Self::Rotate(rotate) => rotate.run(),
        }
    }
}
