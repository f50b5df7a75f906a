mod budget;
mod chances;
mod give;
mod unit;
mod units;
mod void;

use clap::Subcommand;

use crate::exit::Ended;

/// Declare units, fill budgets, and set players' points, chances and orders right
#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    Units(units::Units),
    Unit(unit::Unit),
    Budget(budget::Budget),
    Give(give::Give),
    Chances(chances::Chances),
    Void(void::Void),
}

impl Ledger {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        match self {
            Self::Units(units) => units.run(),
            Self::Unit(unit) => unit.run(),
            Self::Budget(budget) => budget.run(),
            Self::Give(give) => give.run(),
            Self::Chances(chances) => chances.run(),
            Self::Void(void) => void.run(),
        }
    }
}
