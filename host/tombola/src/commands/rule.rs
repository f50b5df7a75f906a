mod build;
mod faults;
mod push;

use clap::Subcommand;

use crate::exit::Ended;

/// Build and upload rules, and see where they fail
#[derive(Debug, Subcommand)]
pub(crate) enum Rule {
    Build(build::Build),
    Faults(faults::Faults),
    Push(push::Push),
}

impl Rule {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        match self {
            Self::Build(build) => build.run(),
            Self::Faults(faults) => faults.run(),
            Self::Push(push) => push.run(),
        }
    }
}
