//! The host's signature under each batch, and the proof for one receipt of it.

use sqlx::sqlite::SqliteRow;
use tombola_domain::digest::Digest;
use tombola_domain::signature::{Place, Proof, Seal, Signer};
use tombola_store::Result;

use super::batch::Closed;
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::readers::Readers;
use crate::writer::Write;

/// There is one committer, so there is one feed.
const FEED: u32 = 0;

/// Seals the draws that were inserted just now, at the next positions of the feed.
pub(super) async fn insert(write: &mut Write, signer: &Signer, closed: &[Closed]) -> Result<()> {
    let receipts: Vec<Digest> = closed.iter().map(|closed| closed.draw.receipt).collect();
    let Seal { place, key, signature } = signer.seal(FEED, write.position + 1, &receipts);
    sqlx::query("INSERT INTO seals (first, size, key, signature) VALUES (?, ?, ?, ?)")
        .bind(integer(place.first))
        .bind(integer(place.size))
        .bind(&key.as_bytes()[..])
        .bind(&signature.as_bytes()[..])
        .execute(&mut **write)
        .await
        .map_err(unavailable)?;
    Ok(())
}

/// The proof that the receipt at `position` was sealed. Neither a seal nor what it covers ever changes, so that these reads need not
/// be of one moment.
pub(super) async fn proof(readers: &Readers, position: u64) -> Result<Option<Proof>> {
    let row = sqlx::query("SELECT * FROM seals WHERE first <= ? ORDER BY first DESC LIMIT 1")
        .bind(integer(position))
        .fetch_optional(&mut *readers.reader().await?)
        .await
        .map_err(unavailable)?;
    let Some(seal) = row.as_ref().map(seal).transpose()? else { return Ok(None) };
    // Draws from before batches were sealed lie between no seal and the first.
    let index = position - seal.place.first;
    if index >= seal.place.size {
        return Ok(None);
    }
    let receipts = receipts(readers, seal.place).await?;
    let index = usize::try_from(index).expect("a batch fits in memory");
    Ok(Some(seal.proof(&receipts, index)))
}

async fn receipts(readers: &Readers, place: Place) -> Result<Vec<Digest>> {
    let rows = sqlx::query("SELECT id, receipt FROM draws WHERE position >= ? AND position < ? ORDER BY position")
        .bind(integer(place.first))
        .bind(integer(place.first + place.size))
        .fetch_all(&mut *readers.reader().await?)
        .await
        .map_err(unavailable)?;
    rows.iter().map(|row| Fields { table: "draws", key: "id", row }.digest("receipt")).collect()
}

fn seal(row: &SqliteRow) -> Result<Seal> {
    let fields = Fields { table: "seals", key: "first", row };
    let place = Place { feed: FEED, first: fields.count("first")?, size: fields.count("size")? };
    Ok(Seal { place, key: fields.bytes("key")?, signature: fields.bytes("signature")? })
}
