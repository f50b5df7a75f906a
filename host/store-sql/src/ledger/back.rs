//! Taking back what was posted, or a part of it.

use std::collections::BTreeSet;

use tombola_domain::digest::Digest;
use tombola_domain::id::{CampaignId, PlayerId, UnitName};
use tombola_domain::ledger::{Account, Book, House, Shortfall, TakeBack, Transfer, lapsed_lots};
use tombola_domain::time::Timestamp;
use tombola_store::ledger::{BusinessKey, NotPosted, Why};
use tombola_store::{Operation, Result, StoreError};

use super::{Ready, book, post};
use crate::db;
use crate::error::unavailable;
use crate::fields::Fields;
use crate::writer::Write;

/// What is taken back.
pub(crate) struct Back<'a> {
    /// Whose both keys are.
    pub(crate) player: &'a PlayerId,
    /// Whose budget what was held for the player came out of.
    pub(crate) campaign: &'a CampaignId,
    /// What the posting stands for of which it is.
    pub(crate) of: &'a BusinessKey,
    /// What taking it back stands for.
    pub(crate) key: &'a BusinessKey,
    pub(crate) request: Digest,
    pub(crate) shortfall: Shortfall,
    pub(crate) at: Timestamp,
}

/// One of the amounts that a posting moved, in their order, and how much of it is taken back.
pub(crate) struct Piece<'a> {
    pub(crate) unit: &'a UnitName,
    pub(crate) moved: i64,
    /// What was taken back of it before.
    pub(crate) so_far: i64,
    /// How much more is.
    pub(crate) amount: i64,
}

/// Why nothing was taken back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackError {
    #[error(transparent)]
    NotPosted(#[from] NotPosted),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes back these pieces of a posting, all or none, and says what moved. Where there is no such posting, nothing does.
pub(crate) async fn take_back(
    write: &mut Write,
    back: &Back<'_>,
    pieces: &[Piece<'_>],
) -> Result<Vec<Transfer>, BackError> {
    let made: Vec<_> = made(write, back).await?.into_iter().filter_map(|made| own(made, back)).collect();
    let mut rest = made.as_slice();
    let mut wishes = Vec::with_capacity(pieces.len());
    for Piece { unit, moved, so_far, amount } in pieces {
        let (own, others) = rest.split_at(transfers_of(rest, unit, *moved));
        rest = others;
        wishes.push(TakeBack { made: own, so_far: *so_far, amount: *amount, shortfall: back.shortfall });
    }
    let mut book = read(write, &made, back.player, back.at).await?;
    let transfers = book.take_back(back.at, &wishes).map_err(NotPosted::Refused)?;
    if !transfers.is_empty() {
        let Back { player, key, request, at, .. } = *back;
        let (player, transfers) = (Some(player), transfers.clone());
        post::write(write, book, vec![Ready { player, key, request, why: Why::Reversal, at, transfers }]).await?;
    }
    Ok(transfers)
}

/// Takes back all that a posting moved, of whichever accounts, and names the posting that does. The player owes what they have spent of it.
pub(crate) async fn take_back_whole(
    write: &mut Write,
    operation: &Operation,
    player: &PlayerId,
    posting: u64,
    key: &BusinessKey,
) -> Result<u64, BackError> {
    let made = moved(write, posting).await?;
    let mut book = read(write, &made, player, operation.at).await?;
    let amount = made.iter().map(|made| made.amount).sum();
    let wish = TakeBack { made: &made, so_far: 0, amount, shortfall: Shortfall::Debt };
    let transfers = book.take_back(operation.at, &[wish]).map_err(NotPosted::Refused)?;
    let Operation { request, at, .. } = *operation;
    let ready = Ready { player: Some(player), key, request, why: Why::Reversal, at, transfers };
    Ok(post::write(write, book, vec![ready]).await?.pop().expect("one for each").number)
}

/// What taking this back from a player may change, and how much has lapsed of the lots that it came in by.
async fn read(write: &mut Write, made: &[Transfer], player: &PlayerId, at: Timestamp) -> Result<Book> {
    let mut book = book::read_accounts(write, &touched(made, player)).await?;
    book::read_lapsed(write, &mut book, &lapsed_lots(at, made)).await?;
    read_on_hold(write, &mut book, player).await?;
    Ok(book)
}

async fn read_on_hold(write: &mut Write, book: &mut Book, player: &PlayerId) -> Result<()> {
    let found = db::query(
        "SELECT unit, CAST(sum(amount) AS BIGINT) AS amount FROM holds WHERE player = $1 AND state = 'open' GROUP BY unit",
    )
    .bind(player.as_str())
    .fetch_all(write)
    .await
    .map_err(unavailable)?;
    for row in &found {
        let fields = Fields { table: "holds", key: "unit", row };
        book.know_on_hold(player.clone(), fields.parsed("unit")?, fields.get("amount")?);
    }
    Ok(())
}

/// The accounts that taking this back from a player may change.
fn touched(made: &[Transfer], player: &PlayerId) -> BTreeSet<(Account, UnitName)> {
    let ends = made.iter().flat_map(|Transfer { unit, from, to, .. }| {
        let [loss, lapsed] = [House::Loss, House::Lapsed].map(Account::House);
        let (player, debt) = (Account::Player(player.clone()), Account::Debt(player.clone()));
        let ends = [from.clone(), to.clone(), player, debt, loss, lapsed];
        ends.map(|account| (account, unit.clone()))
    });
    ends.collect()
}

/// What came to the player, as it is taken back: what was held for them meanwhile goes back where it was before. Of what else a posting
/// moved this knows nothing.
fn own(made: Transfer, back: &Back<'_>) -> Option<Transfer> {
    let is_own = matches!(&made.to, Account::Player(player) | Account::Debt(player) if player == back.player);
    let from = match made.from {
        Account::Held(_) => Account::Budget(back.campaign.clone()),
        from => from,
    };
    is_own.then_some(Transfer { from, ..made })
}

/// What the posting moved.
async fn made(write: &mut Write, back: &Back<'_>) -> Result<Vec<Transfer>> {
    let row = db::query("SELECT number FROM postings WHERE player = $1 AND key = $2")
        .bind(back.player.as_str())
        .bind(back.of.as_str())
        .fetch_optional(write)
        .await
        .map_err(unavailable)?;
    let Some(row) = row else { return Ok(Vec::new()) };
    moved(write, Fields { table: "postings", key: "number", row: &row }.count("number")?).await
}

/// The transfers of the posting of this number.
async fn moved(write: &mut Write, posting: u64) -> Result<Vec<Transfer>> {
    let mut transfers = post::transfers(write, &BTreeSet::from([posting])).await?;
    Ok(transfers.remove(&posting).unwrap_or_default().into_iter().map(|(_, made)| made).collect())
}

/// How many of these transfers, from the first on, moved that amount: what came in may have paid a debt first.
fn transfers_of(made: &[Transfer], unit: &UnitName, amount: i64) -> usize {
    let sums = made.iter().take_while(|transfer| transfer.unit == *unit).scan(0, |sum, transfer| {
        let before = *sum;
        *sum += transfer.amount;
        Some(before)
    });
    sums.take_while(|before| *before < amount).count()
}
