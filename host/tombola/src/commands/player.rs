mod erase;
mod export;

use clap::Subcommand;

use crate::exit::Ended;

/// Give out, or erase, what a host keeps of one player
#[derive(Debug, Subcommand)]
pub(crate) enum Player {
    Export(export::Export),
    Erase(erase::Erase),
}

impl Player {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        match self {
            Self::Export(export) => export.run(),
            Self::Erase(erase) => erase.run(),
        }
    }
}
