mod list;
mod retry;

use clap::Subcommand;

use crate::exit::Ended;

/// See what a host has yet to hand over itself, and have tried again what it gave up
#[derive(Debug, Subcommand)]
pub(crate) enum Queue {
    List(list::List),
    Retry(retry::Retry),
}

impl Queue {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        match self {
            Self::List(list) => list.run(),
            Self::Retry(retry) => retry.run(),
        }
    }
}
