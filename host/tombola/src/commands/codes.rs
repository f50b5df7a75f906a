mod list;
mod load;
mod put;
mod withdraw;

use clap::Subcommand;

use crate::client::CodePool;
use crate::exit::Ended;

/// See, make and fill pools of coupon codes
#[derive(Debug, Subcommand)]
pub(crate) enum Codes {
    List(list::List),
    Put(put::Put),
    Load(load::Load),
    Withdraw(withdraw::Withdraw),
}

impl Codes {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        match self {
            Self::List(list) => list.run(),
            Self::Put(put) => put.run(),
            Self::Load(load) => load.run(),
            Self::Withdraw(withdraw) => withdraw.run(),
        }
    }
}

fn level(pool: &CodePool) -> String {
    let CodePool { pool, free, low_water, low, .. } = pool;
    let low = if *low { format!(", and is low: below {low_water}") } else { String::new() };
    format!("{pool} has {free} free codes{low}\n")
}
