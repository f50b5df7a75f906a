mod create;
mod list;
mod revoke;

use clap::Subcommand;

use crate::exit::Ended;
use crate::runtime;

/// Make, list and revoke tokens in a host's database, also while it runs
#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    Create(create::Create),
    List(list::List),
    Revoke(revoke::Revoke),
}

impl Token {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        runtime::block_on(async {
            match self {
                Self::Create(create) => create.run().await,
                Self::List(list) => list.run().await,
                Self::Revoke(revoke) => revoke.run().await,
            }
        })
    }
}
