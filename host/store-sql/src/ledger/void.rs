//! Undoing what an operator gave a player, or took away.

use tombola_domain::id::PlayerId;
use tombola_store::audit::Verb;
use tombola_store::ledger::{BusinessKey, VoidAdjustmentError};
use tombola_store::{Done, Operation, Result};

use super::back::{BackError, take_back_whole};
use crate::db;
use crate::error::unavailable;
use crate::fields::{Fields, clamped};
use crate::operations::{self, Change, Deed};
use crate::writer::Write;

pub(super) async fn void(
    mut write: Write,
    operation: &Operation,
    player: &PlayerId,
    posting: u64,
) -> Result<Done<u64>, VoidAdjustmentError> {
    let subject = posting.to_string();
    let deed = Deed { what: Verb::VoidAdjustment, subject: &subject, campaign: None };
    if let Some(result) = operations::replay::<_, VoidAdjustmentError>(&mut write, operation, deed.is_same()).await? {
        return Ok(Done { result, replayed: true });
    }
    let key = key(posting);
    if let Some(result) = voided_by(&mut write, player, posting, &key).await? {
        return Ok(Done { result, replayed: true });
    }
    let result = take_back_whole(&mut write, operation, player, posting, &key).await?;
    operations::record(&mut write, operation, deed, Change::default(), &result).await?;
    write.commit().await?;
    Ok(Done { result, replayed: false })
}

fn key(posting: u64) -> BusinessKey {
    format!("void:adjustment:{posting}").parse().expect("printable, and short enough")
}

/// The posting that took this one back, if any did.
async fn voided_by(
    write: &mut Write,
    player: &PlayerId,
    posting: u64,
    key: &BusinessKey,
) -> Result<Option<u64>, VoidAdjustmentError> {
    let row = db::query(
        "SELECT p.number, v.number AS voided_by FROM postings p LEFT JOIN postings v ON v.player = p.player AND v.key = $1
         WHERE p.number = $2 AND p.player = $3 AND p.why = 'adjustment'",
    )
    .bind(key.as_str())
    .bind(clamped(posting))
    .bind(player.as_str())
    .fetch_optional(write)
    .await
    .map_err(unavailable)?
    .ok_or(VoidAdjustmentError::Unknown)?;
    Ok(Fields { table: "postings", key: "number", row: &row }.optional_count("voided_by")?)
}

impl From<BackError> for VoidAdjustmentError {
    fn from(error: BackError) -> Self {
        match error {
            BackError::NotPosted(error) => error.into(),
            BackError::Store(error) => error.into(),
        }
    }
}
