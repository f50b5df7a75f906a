//! What prizes take of the budgets of their campaigns.

use std::collections::{BTreeSet, HashMap};

use tombola_domain::digest::Digest;
use tombola_domain::id::{AwardId, CampaignId, UnitName};
use tombola_domain::ledger::{Account, Book, Lapse, Refused, Wish};
use tombola_domain::stock::Budget;
use tombola_store::draws::{Draw, DrawCommit, Won};
use tombola_store::ledger::{BusinessKey, Why};
use tombola_store::{Result, StoreError};

use super::postings::Made;
use crate::ledger;

/// A draw that won something which takes so much of a budget.
pub(super) struct Costly<'a> {
    pub(super) draw: &'a Draw,
    pub(super) won: &'a Won,
    pub(super) unit: &'a UnitName,
    pub(super) cost: i64,
}

/// The accounts that these draws may take costs out of and move them to.
pub(super) fn accounts(batch: &[DrawCommit]) -> BTreeSet<(Account, UnitName)> {
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
    accounts
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

/// Moves from a budget to a prize what was won. Allocation saw to it that there is as much left, and as much room in the account of
/// what the prize has cost.
pub(super) fn post(book: &mut Book, costly: &Costly<'_>) -> Result<Made> {
    let Costly { draw, won, unit, cost } = costly;
    let wish = Wish {
        unit: (*unit).clone(),
        from: Account::Budget(draw.campaign.clone()),
        to: Account::Prize(draw.campaign.clone(), won.prize.clone()),
        amount: *cost,
        lapse: Lapse::Never,
    };
    let corrupt = |refused: Refused| StoreError::Corrupt {
        table: "accounts",
        column: "balance",
        row: format!("budget of {}", draw.campaign),
        reason: refused.to_string(),
    };
    Ok(Made {
        player: draw.player.clone(),
        key: key(draw),
        request: Digest::tagged("tombola/budget/v1", &[draw.receipt.as_bytes()]),
        why: Why::Award,
        at: draw.drawn_at,
        transfers: book.post(draw.drawn_at, &[wish]).map_err(corrupt)?,
    })
}

fn key(draw: &Draw) -> BusinessKey {
    let key = format!("prize:{}", AwardId::of_draw(&draw.id));
    key.parse().expect("printable, and short enough")
}
