mod build;
mod push;

use clap::Subcommand;

use crate::exit::Ended;

#[derive(Debug, Subcommand)]
pub(crate) enum Rule {
    /// Build a rule's package into a component
    Build(build::Build),
    /// Upload a component; campaigns can name it from then on
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
