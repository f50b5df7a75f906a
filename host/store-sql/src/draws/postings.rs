//! What the draws of a batch move in the ledger, posted in its transaction: what prizes take of their campaigns' budgets, and the
//! points that prizes are. One book holds the accounts of both.

use std::collections::HashMap;

use tombola_domain::digest::Digest;
use tombola_domain::id::{PlayerId, UnitName};
use tombola_domain::ledger::{Book, Transfer};
use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::draws::DrawCommit;
use tombola_store::ledger::{BusinessKey, Unit, Why};

use super::batch::{self, Closed};
use super::{budgets, points};
use crate::ledger::{self, Ready};
use crate::writer::Write;

/// What may be moved, as it is before the batch.
#[derive(Default)]
pub(super) struct Found {
    pub(super) book: Book,
    /// What is declared, where any draw may win points.
    units: HashMap<UnitName, Unit>,
}

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
pub(super) async fn read(write: &mut Write, batch: &[DrawCommit]) -> Result<Found> {
    let mut accounts = budgets::accounts(batch);
    let points = points::accounts(batch);
    let units = if points.is_empty() { HashMap::new() } else { ledger::units(write).await? };
    accounts.extend(points);
    if accounts.is_empty() {
        return Ok(Found::default());
    }
    Ok(Found { book: ledger::read_accounts(write, &accounts).await?, units })
}

impl Found {
    /// Posts in the book what was won, and marks the awards of points that were. The others keep their tasks.
    pub(super) fn post(&mut self, closed: &mut [Closed]) -> Result<Vec<Made>> {
        let mut made =
            batch::costly(closed).map(|costly| budgets::post(&mut self.book, &costly)).collect::<Result<Vec<_>>>()?;
        made.extend(batch::points(closed).filter_map(|award| points::post(&mut self.book, &self.units, award)));
        Ok(made)
    }
}

/// Writes what was posted in the book, at the positions of the feed that follow `before`.
pub(super) async fn write(write: &mut Write, book: Book, made: &[Made], before: u64) -> Result<()> {
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
    ledger::write_at(write, book, ready.collect(), before).await?;
    Ok(())
}
