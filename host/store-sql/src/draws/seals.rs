//! The host's signature under each batch, and the proof for one receipt of it.

use tombola_domain::digest::Digest;
use tombola_domain::signature::{Place, Proof, Seal, Signer};
use tombola_store::{Result, StoreError};

use super::batch::{self, Closed};
use crate::db::{self, Row};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::readers::Readers;

/// There is one committer, so there is one feed.
pub(crate) const FEED: u32 = 0;

/// The receipts of one batch are all of draws or all of rebates, and follow each other in the feed.
///
/// The seal of the draws that follow `position` in the feed.
pub(super) fn of(signer: &Signer, position: u64, closed: &[Closed]) -> Seal {
    let receipts: Vec<Digest> = batch::receipts(closed).collect();
    signer.seal(FEED, position + 1, &receipts)
}

/// Finds proofs, and keeps the batch that it looked at last. Neither a seal nor what it covers ever changes, so that the reads need not be
/// of one moment.
pub(crate) struct Proofs<'a> {
    readers: &'a Readers,
    latest: Option<Batch>,
}

/// A batch that was sealed.
struct Batch {
    seal: Seal,
    /// The hashes of its receipts; `None` where not all of them can be read. A proof is made of all the others, so that there is none then.
    receipts: Option<Vec<Digest>>,
}

impl<'a> Proofs<'a> {
    pub(crate) fn new(readers: &'a Readers) -> Self {
        Self { readers, latest: None }
    }

    /// The proof that the receipt at `position` was sealed; `None` where it is from before batches were. Where there should be one and can't
    /// be, the seal is told to be damaged, whichever of its receipts is asked for.
    pub(crate) async fn of(&mut self, position: u64) -> Result<Option<Proof>> {
        if !self.latest.as_ref().is_some_and(|batch| covers(batch.seal.place, position)) {
            self.latest = batch(self.readers, position).await?;
        }
        let Some(Batch { seal, receipts }) = &self.latest else { return Ok(None) };
        let Place { first, size, .. } = seal.place;
        let receipts = receipts.as_ref().ok_or_else(|| StoreError::Corrupt {
            table: "seals",
            column: "size",
            row: format!("first {first}"),
            reason: format!(
                "not all of the {size} receipts that it covers can be read, so that none of them can be proved"
            ),
        })?;
        let index = usize::try_from(position - first).expect("a batch fits in memory");
        Ok(Some(seal.proof(receipts, index)))
    }
}

fn covers(place: Place, position: u64) -> bool {
    (place.first..place.first + place.size).contains(&position)
}

async fn batch(readers: &Readers, position: u64) -> Result<Option<Batch>> {
    let row = db::query("SELECT * FROM seals WHERE first <= $1 ORDER BY first DESC LIMIT 1")
        .bind(integer(position))
        .fetch_optional(&mut *readers.reader().await?)
        .await
        .map_err(unavailable)?;
    match row.as_ref().map(seal).transpose()? {
        Some(seal) if covers(seal.place, position) => {
            Ok(Some(Batch { seal, receipts: receipts(readers, seal.place).await? }))
        }
        _ => Ok(None),
    }
}

async fn receipts(readers: &Readers, place: Place) -> Result<Option<Vec<Digest>>> {
    let rows = db::query(
        "SELECT id, position, receipt FROM draws WHERE position >= $1 AND position < $2
         UNION ALL SELECT id, position, receipt FROM rebates WHERE position >= $1 AND position < $2 ORDER BY position",
    )
    .bind(integer(place.first))
    .bind(integer(place.first + place.size))
    .fetch_all(&mut *readers.reader().await?)
    .await
    .map_err(unavailable)?;
    let receipt = |(row, position): (&Row, u64)| {
        let fields = Fields { table: "draws", key: "id", row };
        let is_next = fields.count("position").ok()? == position;
        is_next.then(|| fields.digest("receipt").ok()).flatten()
    };
    let receipts: Option<Vec<Digest>> = rows.iter().zip(place.first..).map(receipt).collect();
    Ok(receipts.filter(|receipts| receipts.len() as u64 == place.size))
}

fn seal(row: &Row) -> Result<Seal> {
    let fields = Fields { table: "seals", key: "first", row };
    let place = Place { feed: FEED, first: fields.count("first")?, size: fields.count("size")? };
    Ok(Seal { place, key: fields.bytes("key")?, signature: fields.bytes("signature")? })
}
