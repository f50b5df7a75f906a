use std::collections::BTreeMap;

use tombola_domain::id::UnitName;
use tombola_domain::ledger::{Account, Lapse, Lifetime, LotChange, Transfer};
use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::ledger::{Balance, StatementLine, Unit};

use crate::db::Row;
use crate::fields::Fields;

/// How `never` is kept: after all that ever lapses.
const NEVER: i64 = i64::MAX;

pub(super) fn unit(row: &Row) -> Result<Unit> {
    let fields = Fields { table: "units", key: "name", row };
    let lifetime = fields.get::<Option<u32>>("lifetime_days")?.map(Lifetime::new).transpose();
    Ok(Unit {
        name: fields.parsed("name")?,
        title: fields.text("title")?,
        lifetime: lifetime.map_err(|error| fields.wrong("lifetime_days", &error))?,
    })
}

pub(super) fn lapse_to_sql(lapse: Lapse) -> i64 {
    match lapse {
        Lapse::At(at) => at.as_millis(),
        Lapse::Never => NEVER,
    }
}

pub(super) fn lapse(at: i64) -> Lapse {
    if at == NEVER { Lapse::Never } else { Lapse::At(Timestamp::from_millis(at)) }
}

/// As `transfers.lots` holds them.
pub(super) fn lots_to_json(lots: &[LotChange]) -> String {
    let pairs: Vec<_> = lots.iter().map(|lot| (lapse_to_sql(lot.lapse), lot.change)).collect();
    serde_json::to_string(&pairs).expect("integers are JSON")
}

/// A row of accounts, of which the columns are named by this.
pub(super) fn account(fields: &Fields<'_>, [kind, owner, part]: [&'static str; 3]) -> Result<Account> {
    let [kind_text, owner_text, part_text] = [fields.text(kind)?, fields.text(owner)?, fields.text(part)?];
    let account = Account::from_parts(&kind_text, &owner_text, &part_text);
    account.ok_or_else(|| fields.wrong(kind, &"no account is of this kind, owner and part"))
}

pub(super) fn transfer(row: &Row) -> Result<(u64, Transfer)> {
    let fields = Fields { table: "transfers", key: "number", row };
    let lots: Vec<(i64, i64)> = fields.json("lots")?;
    let transfer = Transfer {
        unit: fields.parsed("unit")?,
        from: account(&fields, ["from_kind", "from_owner", "from_part"])?,
        to: account(&fields, ["to_kind", "to_owner", "to_part"])?,
        amount: fields.get("amount")?,
        lots: lots.into_iter().map(|(at, change)| LotChange { lapse: lapse(at), change }).collect(),
    };
    Ok((fields.count("number")?, transfer))
}

pub(super) fn statement_line(row: &Row) -> Result<StatementLine> {
    let fields = Fields { table: "postings", key: "number", row };
    let (number, transfer) = transfer(row)?;
    let posting = fields.count("posting")?;
    Ok(StatementLine { number, posting, at: fields.time("at")?, why: fields.parsed("why")?, transfer })
}

/// Rows of lots, debts and what is held, by unit and, of one unit, lots by when they lapse.
pub(super) fn balances(rows: &[Row]) -> Result<Vec<Balance>> {
    let mut balances: BTreeMap<UnitName, Balance> = BTreeMap::new();
    for row in rows {
        let fields = Fields { table: "accounts", key: "unit", row };
        let unit: UnitName = fields.parsed("unit")?;
        let empty = Balance { unit: unit.clone(), lots: Vec::new(), held: 0, owed: 0 };
        let balance = balances.entry(unit).or_insert(empty);
        let amount: i64 = fields.get("amount")?;
        match fields.text("kind")?.as_str() {
            "lot" => balance.lots.push((lapse(fields.get("lapses_at")?), amount)),
            "held" => balance.held = amount,
            _ => balance.owed = -amount,
        }
    }
    Ok(balances.into_values().collect())
}
