//! The accounts and lots that postings touch, read and written for all of them together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::json;
use sqlx::SqliteConnection;
use tombola_domain::id::{CampaignId, PlayerId, PrizeId, UnitName};
use tombola_domain::ledger::{Account, Book, Changes, Lapse, Lots, Wish};
use tombola_domain::stock::Budget;
use tombola_store::Result;

use super::rows;
use crate::error::unavailable;
use crate::fields::Fields;

/// Reads whatever these may touch.
pub(crate) async fn read<'a>(
    connection: &mut SqliteConnection,
    wishes: impl Iterator<Item = &'a Wish>,
) -> Result<Book> {
    let mut accounts = BTreeSet::new();
    for Wish { unit, from, to, .. } in wishes {
        for end in [from, to] {
            accounts.insert((end.clone(), unit.clone()));
            // What comes in pays what is owed, and what is taken back may become a debt.
            if let Account::Player(player) = end {
                accounts.insert((Account::Debt(player.clone()), unit.clone()));
            }
        }
    }
    read_accounts(connection, &accounts).await
}

pub(crate) async fn read_accounts(
    connection: &mut SqliteConnection,
    accounts: &BTreeSet<(Account, UnitName)>,
) -> Result<Book> {
    let keys: Vec<_> = accounts
        .iter()
        .map(|(account, unit)| (account.owner(), account.kind(), account.part(), unit.as_str()))
        .collect();
    let keys = json!(keys).to_string();
    let mut book = Book::default();
    let found = sqlx::query(
        "SELECT accounts.* FROM json_each(?) q
         JOIN accounts ON owner = q.value ->> 0 AND kind = q.value ->> 1 AND part = q.value ->> 2 AND unit = q.value ->> 3",
    )
    .bind(&keys)
    .fetch_all(&mut *connection)
    .await
    .map_err(unavailable)?;
    for row in &found {
        let fields = Fields { table: "accounts", key: "unit", row };
        let account = rows::account(&fields, ["kind", "owner", "part"])?;
        book.know(account, fields.parsed("unit")?, fields.get("balance")?);
    }
    let found = sqlx::query(
        "SELECT lots.* FROM json_each(?) q JOIN lots ON player = q.value ->> 0 AND unit = q.value ->> 3
         WHERE q.value ->> 1 = 'player'",
    )
    .bind(&keys)
    .fetch_all(connection)
    .await
    .map_err(unavailable)?;
    let mut lots: BTreeMap<(PlayerId, UnitName), Vec<_>> = BTreeMap::new();
    for row in &found {
        let fields = Fields { table: "lots", key: "unit", row };
        let lot = (rows::lapse(fields.get("lapses_at")?), fields.get("left")?);
        lots.entry((fields.parsed("player")?, fields.parsed("unit")?)).or_default().push(lot);
    }
    for ((player, unit), lots) in lots {
        book.know_lots(player, unit, Lots::new(lots));
    }
    Ok(book)
}

/// Tells the book how much of each of these lots lapsed and was cleared away, less what was taken back of it. Either is a transfer of one lot.
pub(super) async fn read_lapsed(
    connection: &mut SqliteConnection,
    book: &mut Book,
    lots: &BTreeSet<(PlayerId, UnitName, Lapse)>,
) -> Result<()> {
    if lots.is_empty() {
        return Ok(());
    }
    let keys: Vec<_> =
        lots.iter().map(|(player, unit, lapse)| (player.as_str(), unit.as_str(), rows::lapse_to_sql(*lapse))).collect();
    let found = sqlx::query(
        "SELECT q.value ->> 0 AS player, q.value ->> 1 AS unit, CAST(q.value ->> 2 AS BIGINT) AS lapses_at,
                (SELECT coalesce(sum(t.amount), 0) FROM transfers t
                 WHERE t.from_owner = q.value ->> 0 AND t.unit = q.value ->> 1 AND t.from_kind = 'player'
                   AND t.to_kind = 'house' AND t.to_part = 'lapsed' AND CAST(t.lots -> 0 ->> 0 AS BIGINT) = CAST(q.value ->> 2 AS BIGINT))
                - (SELECT coalesce(sum(t.amount), 0) FROM transfers t
                   WHERE t.to_owner = q.value ->> 0 AND t.unit = q.value ->> 1 AND t.to_kind = 'player'
                     AND t.from_kind = 'house' AND t.from_part = 'lapsed' AND CAST(t.lots -> 0 ->> 0 AS BIGINT) = CAST(q.value ->> 2 AS BIGINT))
                AS lapsed
         FROM json_each($1) q",
    )
    .bind(json!(keys).to_string())
    .fetch_all(connection)
    .await
    .map_err(unavailable)?;
    for row in &found {
        let fields = Fields { table: "transfers", key: "player", row };
        let lapse = rows::lapse(fields.get("lapses_at")?);
        book.know_lapsed(fields.parsed("player")?, fields.parsed("unit")?, lapse, fields.get("lapsed")?);
    }
    Ok(())
}

/// Adds a campaign's budget as the book has it, with what these prizes have cost so far.
pub(crate) fn add_budget<'a>(
    budgets: &mut HashMap<CampaignId, Budget>,
    book: &Book,
    campaign: &CampaignId,
    unit: &UnitName,
    prizes: impl Iterator<Item = &'a PrizeId>,
) {
    let budget = budgets.entry(campaign.clone()).or_default();
    budget.left = book.balance(&Account::Budget(campaign.clone()), unit);
    for prize in prizes {
        let spent = book.balance(&Account::Prize(campaign.clone(), prize.clone()), unit);
        budget.spent.insert(prize.clone(), spent);
    }
}

/// Writes what has changed.
pub(super) async fn write(connection: &mut SqliteConnection, Changes { balances, lots }: Changes) -> Result<()> {
    let accounts: Vec<_> = balances
        .iter()
        .map(|((account, unit), balance)| (account.owner(), account.kind(), account.part(), unit.as_str(), balance))
        .collect();
    let lots: Vec<_> = lots
        .iter()
        .map(|((player, unit, lapse), left)| (player.as_str(), unit.as_str(), rows::lapse_to_sql(*lapse), left))
        .collect();
    sqlx::query(
        "INSERT INTO accounts (owner, kind, part, unit, balance)
         SELECT q.value ->> 0, q.value ->> 1, q.value ->> 2, q.value ->> 3, q.value ->> 4 FROM json_each($1) q WHERE true
         ON CONFLICT (owner, kind, part, unit) DO UPDATE SET balance = excluded.balance;

         DELETE FROM lots WHERE (player, unit, lapses_at) IN (
             SELECT q.value ->> 0, q.value ->> 1, q.value ->> 2 FROM json_each($2) q WHERE q.value ->> 3 = 0);

         INSERT INTO lots (player, unit, lapses_at, left)
         SELECT q.value ->> 0, q.value ->> 1, q.value ->> 2, q.value ->> 3 FROM json_each($2) q WHERE q.value ->> 3 > 0
         ON CONFLICT (player, unit, lapses_at) DO UPDATE SET left = excluded.left",
    )
    .bind(json!(accounts).to_string())
    .bind(json!(lots).to_string())
    .execute(connection)
    .await
    .map_err(unavailable)?;
    Ok(())
}
