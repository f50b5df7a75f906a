//! What the draws of a batch move in the ledger, posted in its transaction: what prizes take of their campaigns' budgets, and the
//! points that prizes are. One book holds the accounts of both.

use tombola_domain::digest::Digest;
use tombola_domain::id::PlayerId;
use tombola_domain::ledger::Transfer;
use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::draws::DrawCommit;
use tombola_store::ledger::{BusinessKey, Why};

use super::batch::{self, Closed};
use super::{budgets, points};
use crate::ledger::{self, Opened, Ready};
use crate::writer::Write;

/// A posting that was made in the book.
pub(super) struct Made {
    pub(super) player: PlayerId,
    pub(super) key: BusinessKey,
    pub(super) request: Digest,
    pub(super) why: Why,
    pub(super) at: Timestamp,
    pub(super) transfers: Vec<Transfer>,
}

/// Reads whatever these draws may move something between.
pub(super) async fn read(write: &mut Write, batch: &[DrawCommit]) -> Result<Opened> {
    let mut accounts = budgets::accounts(batch);
    accounts.extend(points::accounts(batch));
    if accounts.is_empty() { Ok(Opened::default()) } else { ledger::open(write, &accounts).await }
}

/// Posts in the book what was won, and marks the awards of points that were. The others keep their tasks.
pub(super) fn post(Opened { book, units, .. }: &mut Opened, closed: &mut [Closed]) -> Result<Vec<Made>> {
    let mut made = batch::costly(closed).map(|costly| budgets::post(book, &costly)).collect::<Result<Vec<_>>>()?;
    made.extend(batch::points(closed).filter_map(|award| points::post(book, units, award)));
    Ok(made)
}

/// Writes what was posted in the book, at the positions of the feed that follow `before`.
pub(super) async fn write(write: &mut Write, opened: Opened, made: &[Made], before: u64) -> Result<()> {
    if made.is_empty() {
        return Ok(());
    }
    let ready = made.iter().map(|made| Ready {
        player: Some(&made.player),
        key: &made.key,
        request: made.request,
        why: made.why,
        at: made.at,
        transfers: made.transfers.clone(),
    });
    ledger::write_at(write, opened.book, ready.collect(), opened.latest, before).await?;
    Ok(())
}
