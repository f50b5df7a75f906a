mod answer;
mod big_market;
mod files;
mod judged;

use clap::Subcommand;

use crate::exit::Ended;

pub(crate) use self::answer::{Answer, Campaign, Note, Odds, Pool, Probability};

/// Make campaign documents of what other systems are configured with
#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    BigMarket(big_market::BigMarket),
}

impl Import {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        match self {
            Self::BigMarket(big_market) => big_market.run(),
        }
    }
}
