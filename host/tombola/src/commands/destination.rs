mod list;
mod put;
mod retry;
mod test;

use clap::Subcommand;

use crate::exit::Ended;

/// See, make and try destinations of webhooks
#[derive(Debug, Subcommand)]
pub(crate) enum Destination {
    List(list::List),
    Put(put::Put),
    Test(test::Test),
    Retry(retry::Retry),
}

impl Destination {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        match self {
            Self::List(list) => list.run(),
            Self::Put(put) => put.run(),
            Self::Test(test) => test.run(),
            Self::Retry(retry) => retry.run(),
        }
    }
}
