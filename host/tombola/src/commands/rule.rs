mod build;
mod push;

use clap::Subcommand;

use crate::exit::Ended;

/// Build and upload rules
#[derive(Debug, Subcommand)]
pub(crate) enum Rule {
    Build(build::Build),
    Push(push::Push),
}

impl Rule {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        match self {
            Self::Build(build) => build.run(),
            Self::Push(push) => push.run(),
        }
    }
}
