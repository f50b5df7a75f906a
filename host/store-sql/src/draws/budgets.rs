//! What prizes take of the budgets of their campaigns.

use std::collections::{BTreeSet, HashMap};

use tombola_domain::digest::Digest;
use tombola_domain::id::{AwardId, CampaignId, UnitName};
use tombola_domain::ledger::{Account, Book, Lapse, Transfer, Wish};
use tombola_domain::stock::Budget;
use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::draws::{Draw, DrawCommit, Won};
use tombola_store::ledger::{BusinessKey, Why};

use crate::ledger::{self, Ready};
use crate::writer::Write;

/// A draw that won something which takes so much of a budget.
pub(super) struct Costly<'a> {
    pub(super) draw: &'a Draw,
    pub(super) won: &'a Won,
    pub(super) unit: &'a UnitName,
    pub(super) cost: i64,
}

/// The accounts that these draws may move something between.
pub(super) async fn read(write: &mut Write, batch: &[DrawCommit]) -> Result<Book> {
    let mut accounts = BTreeSet::new();
    for commit in batch {
        let Some(unit) = &commit.budget else { continue };
        for draw in commit.draws.iter() {
            let campaign = &draw.receipt.terms.campaign;
            for grant in draw.receipt.grants.iter().filter(|grant| grant.cost > 0) {
                accounts.insert((Account::Budget(campaign.clone()), unit.clone()));
                accounts.insert((Account::Prize(campaign.clone(), grant.prize.clone()), unit.clone()));
            }
        }
    }
    if accounts.is_empty() { Ok(Book::default()) } else { ledger::read_accounts(write, &accounts).await }
}

/// The budgets of the campaigns of those draws that were decided on this activation: an older one may name another unit.
pub(super) fn of(batch: &[DrawCommit], activation: u64, book: &Book) -> HashMap<CampaignId, Budget> {
    let mut budgets = HashMap::new();
    for commit in batch.iter().filter(|commit| commit.activation == activation) {
        let (Some(unit), campaign) = (&commit.budget, &commit.draws.first.receipt.terms.campaign) else { continue };
        let grants = commit.draws.iter().flat_map(|draw| &draw.receipt.grants);
        let prizes = grants.filter(|grant| grant.cost > 0).map(|grant| &grant.prize);
        ledger::add_budget(&mut budgets, book, campaign, unit, prizes);
    }
    budgets
}

/// Moves from budgets to prizes what was won.
pub(super) async fn post(write: &mut Write, mut book: Book, costly: &[Costly<'_>]) -> Result<()> {
    let keys: Vec<BusinessKey> = costly.iter().map(key).collect();
    let mut ready = Vec::with_capacity(costly.len());
    for (costly, key) in costly.iter().zip(&keys) {
        let Costly { draw, .. } = costly;
        ready.push(Ready {
            player: Some(&draw.player),
            key,
            request: Digest::tagged("tombola/budget/v1", &[draw.receipt.as_bytes()]),
            why: Why::Award,
            at: draw.drawn_at,
            transfers: transfers(&mut book, costly, draw.drawn_at)?,
        });
    }
    ledger::write(write, book, ready).await?;
    Ok(())
}

/// Allocation saw to it that there is as much left, and as much room in the account of what the prize has cost.
fn transfers(book: &mut Book, costly: &Costly<'_>, at: Timestamp) -> Result<Vec<Transfer>> {
    let Costly { draw, won, unit, cost } = costly;
    let wish = Wish {
        unit: (*unit).clone(),
        from: Account::Budget(draw.campaign.clone()),
        to: Account::Prize(draw.campaign.clone(), won.prize.clone()),
        amount: *cost,
        lapse: Lapse::Never,
    };
    let corrupt = |refused: tombola_domain::ledger::Refused| tombola_store::StoreError::Corrupt {
        table: "accounts",
        column: "balance",
        row: format!("budget of {}", draw.campaign),
        reason: refused.to_string(),
    };
    book.post(at, &[wish]).map_err(corrupt)
}

fn key(costly: &Costly<'_>) -> BusinessKey {
    let key = format!("prize:{}", AwardId::of_draw(&costly.draw.id));
    key.parse().expect("printable, and short enough")
}
