mod budget;
mod chances;
mod give;
mod statement;
mod unit;
mod units;
mod void;
mod void_adjustment;
mod void_chances;

use clap::Subcommand;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{Adjusted, Balance};
use crate::exit::Ended;
use crate::report::Table;

/// Declare units, fill budgets, and set players' points, chances and orders right
#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    Units(units::Units),
    Unit(unit::Unit),
    Budget(budget::Budget),
    Give(give::Give),
    Statement(statement::Statement),
    VoidAdjustment(void_adjustment::VoidAdjustment),
    Chances(chances::Chances),
    VoidChances(void_chances::VoidChances),
    Void(void::Void),
}

impl Ledger {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        match self {
            Self::Units(units) => units.run(),
            Self::Unit(unit) => unit.run(),
            Self::Budget(budget) => budget.run(),
            Self::Give(give) => give.run(),
            Self::Statement(statement) => statement.run(),
            Self::VoidAdjustment(void) => void.run(),
            Self::Chances(chances) => chances.run(),
            Self::VoidChances(void) => void.run(),
            Self::Void(void) => void.run(),
        }
    }
}

/// What a player has since something of it was set right.
fn adjusted(answer: &Value) -> serde_json::Result<String> {
    let Adjusted { posting, items } = Adjusted::deserialize(answer)?;
    let mut table = Table::new(["UNIT", "BALANCE", "HELD", "OWED"]);
    for Balance { unit, balance, held, owed } in items {
        let [balance, held, owed] = [balance, held, owed].map(|amount| amount.to_string());
        table.add([unit, balance, held, owed]);
    }
    Ok(format!("{table}posting {posting}\n"))
}
