mod list;
mod set;

use clap::Subcommand;

use crate::exit::Ended;

/// See and set what holds on all hosts at once: reads only, no deliveries, how many requests are let in
#[derive(Debug, Subcommand)]
pub(crate) enum Switch {
    List(list::List),
    Set(set::Set),
}

impl Switch {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        match self {
            Self::List(list) => list.run(),
            Self::Set(set) => set.run(),
        }
    }
}
