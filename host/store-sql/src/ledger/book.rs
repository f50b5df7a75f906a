//! The accounts and lots that postings touch, read and written for all of them together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tombola_domain::id::{CampaignId, PlayerId, PrizeId, UnitName};
use tombola_domain::ledger::{Account, Book, Changes, Lots, Wish};
use tombola_domain::stock::Budget;
use tombola_store::Result;

use super::rows;
use crate::db::{self, Connection};
use crate::error::unavailable;
use crate::fields::Fields;

/// Reads whatever these may touch.
pub(crate) async fn read<'a>(connection: &mut Connection, wishes: impl Iterator<Item = &'a Wish>) -> Result<Book> {
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
    connection: &mut Connection,
    accounts: &BTreeSet<(Account, UnitName)>,
) -> Result<Book> {
    let accounts: Vec<_> = accounts.iter().collect();
    let keys = accounts.iter().map(|(account, unit)| (account.owner(), account.kind(), account.part(), unit.as_str()));
    // An account of several lots has several rows.
    let found = db::query(
        "SELECT q.key AS place, a.balance, l.lapses_at, l.\"left\" FROM jsonb_each($1) q
         LEFT JOIN accounts a ON a.owner = q.value ->> 0 AND a.kind = q.value ->> 1 AND a.part = q.value ->> 2 AND a.unit = q.value ->> 3
         LEFT JOIN lots l ON q.value ->> 1 = 'player' AND l.player = q.value ->> 0 AND l.unit = q.value ->> 3
         WHERE a.balance IS NOT NULL OR l.\"left\" IS NOT NULL",
    )
    .bind(serde_json::to_string(&keys.collect::<Vec<_>>()).expect("texts are JSON"))
    .fetch_all(connection)
    .await
    .map_err(unavailable)?;
    let mut book = Book::default();
    let mut lots: BTreeMap<(&PlayerId, &UnitName), Vec<_>> = BTreeMap::new();
    for row in &found {
        let fields = Fields { table: "accounts", key: "place", row };
        let place = usize::try_from(fields.count("place")?).expect("a place in a batch");
        let (account, unit) = accounts[place];
        if let Some(balance) = fields.get("balance")? {
            book.know(account.clone(), unit.clone(), balance);
        }
        if let (Account::Player(player), Some(lapses_at)) = (account, fields.get("lapses_at")?) {
            lots.entry((player, unit)).or_default().push((rows::lapse(lapses_at), fields.get("left")?));
        }
    }
    for ((player, unit), lots) in lots {
        book.know_lots(player.clone(), unit.clone(), Lots::new(lots));
    }
    Ok(book)
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

/// What has changed, as statements read it: accounts, and lots.
pub(super) fn changed(Changes { balances, lots }: &Changes) -> (String, String) {
    let accounts: Vec<_> = balances
        .iter()
        .map(|((account, unit), balance)| (account.owner(), account.kind(), account.part(), unit.as_str(), balance))
        .collect();
    let lots: Vec<_> = lots
        .iter()
        .map(|((player, unit, lapse), left)| (player.as_str(), unit.as_str(), rows::lapse_to_sql(*lapse), left))
        .collect();
    let text = "texts and integers are JSON";
    (serde_json::to_string(&accounts).expect(text), serde_json::to_string(&lots).expect(text))
}
