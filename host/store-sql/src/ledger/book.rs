//! The accounts and lots that postings touch, read and written for all of them together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::json;
use tombola_domain::id::{CampaignId, PlayerId, PrizeId, UnitName};
use tombola_domain::ledger::{Account, Book, Changes, Lapse, Lifetime, Lots, Wish};
use tombola_domain::stock::Budget;
use tombola_store::Result;
use tombola_store::ledger::Unit;

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
    Ok(open(connection, accounts).await?.book)
}

/// What is posted into.
#[derive(Default)]
pub(crate) struct Opened {
    pub(crate) book: Book,
    /// What is declared; some few.
    pub(crate) units: HashMap<UnitName, Unit>,
    pub(crate) latest: Latest,
}

/// The numbers of the latest posting and transfer.
#[derive(Default, Clone, Copy)]
pub(crate) struct Latest {
    pub(super) posting: u64,
    pub(super) transfer: u64,
}

/// The place of an account, its balance, and one of its lots: when it lapses, and what is left.
type Found = (usize, Option<i64>, Option<i64>, Option<i64>);

/// Reads these accounts, and what else there is to know before something is posted, in one row: each is a change of thread.
pub(crate) async fn open(connection: &mut Connection, accounts: &BTreeSet<(Account, UnitName)>) -> Result<Opened> {
    let accounts: Vec<_> = accounts.iter().collect();
    let keys = accounts.iter().map(|(account, unit)| (account.owner(), account.kind(), account.part(), unit.as_str()));
    let row = db::query(OPEN)
        .bind(serde_json::to_string(&keys.collect::<Vec<_>>()).expect("texts are JSON"))
        .fetch_one(connection)
        .await
        .map_err(unavailable)?;
    let fields = Fields { table: "accounts", key: "transfer", row: &row };
    let mut book = Book::default();
    let mut lots: BTreeMap<(&PlayerId, &UnitName), Vec<_>> = BTreeMap::new();
    for (place, balance, lapses_at, left) in fields.json::<Vec<Found>>("accounts")? {
        let (account, unit) = accounts[place];
        if let Some(balance) = balance {
            book.know(account.clone(), unit.clone(), balance);
        }
        if let (Account::Player(player), Some(lapses_at), Some(left)) = (account, lapses_at, left) {
            lots.entry((player, unit)).or_default().push((rows::lapse(lapses_at), left));
        }
    }
    for ((player, unit), lots) in lots {
        book.know_lots(player.clone(), unit.clone(), Lots::new(lots));
    }
    let latest = Latest { posting: fields.count("posting")?, transfer: fields.count("transfer")? };
    Ok(Opened { book, units: units(&fields)?, latest })
}

/// An account of several lots stands there for each of them.
const OPEN: &str = "
    SELECT (SELECT json_group_array(json_array(q.key, a.balance, l.lapses_at, l.\"left\")) FROM jsonb_each($1) q
            LEFT JOIN accounts a ON a.owner = q.value ->> 0 AND a.kind = q.value ->> 1 AND a.part = q.value ->> 2 AND a.unit = q.value ->> 3
            LEFT JOIN lots l ON q.value ->> 1 = 'player' AND l.player = q.value ->> 0 AND l.unit = q.value ->> 3
            WHERE a.balance IS NOT NULL OR l.\"left\" IS NOT NULL) AS accounts,
           (SELECT json_group_array(json_array(name, title, lifetime_days)) FROM units) AS units,
           (SELECT coalesce(max(number), 0) FROM postings) AS posting, (SELECT coalesce(max(number), 0) FROM transfers) AS transfer";

fn units(fields: &Fields<'_>) -> Result<HashMap<UnitName, Unit>> {
    let units: Vec<(String, String, Option<u32>)> = fields.json("units")?;
    let unit = |(name, title, days): (String, String, Option<u32>)| {
        let name: UnitName = name.parse().map_err(|error| fields.wrong("units", &error))?;
        let lifetime = days.map(Lifetime::new).transpose().map_err(|error| fields.wrong("units", &error))?;
        Ok((name.clone(), Unit { name, title, lifetime }))
    };
    units.into_iter().map(unit).collect()
}

/// Tells the book how much of each of these lots lapsed and was cleared away, less what was taken back of it. Either is a transfer of one lot.
pub(super) async fn read_lapsed(
    connection: &mut Connection,
    book: &mut Book,
    lots: &BTreeSet<(PlayerId, UnitName, Lapse)>,
) -> Result<()> {
    if lots.is_empty() {
        return Ok(());
    }
    let keys: Vec<_> =
        lots.iter().map(|(player, unit, lapse)| (player.as_str(), unit.as_str(), rows::lapse_to_sql(*lapse))).collect();
    let found = db::query(
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
