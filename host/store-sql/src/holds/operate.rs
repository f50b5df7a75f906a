//! A hold that an operator ends.

use tombola_domain::hold::Hold;
use tombola_store::audit::Verb;
use tombola_store::holds::{Changed, EndHoldError, HoldChange, HoldEnd, NotChanged};
use tombola_store::{Done, Operation};

use super::{change, rows};
use crate::db;
use crate::error::unavailable;
use crate::operations::{self, Change, Deed};
use crate::writer::Write;

pub(super) async fn end(mut write: Write, operation: &Operation, end: &HoldEnd) -> Result<Done<Hold>, EndHoldError> {
    let deed = Deed { what: Verb::EndHold, subject: end.id.as_str(), campaign: None };
    if let Some(()) = operations::replay::<_, EndHoldError>(&mut write, operation, deed.is_same()).await? {
        let row = db::query("SELECT * FROM holds WHERE id = $1 AND player = $2")
            .bind(end.id.as_str())
            .bind(end.player.as_str())
            .fetch_optional(&mut write)
            .await
            .map_err(unavailable)?
            .ok_or(NotChanged::Unknown)?;
        return Ok(Done { result: rows::hold(&row)?, replayed: true });
    }
    let known = change::known(&mut write, &[HoldChange::End(end.clone())]).await?;
    let mut desk = change::lay_out(&mut write, &known, &[]).await?;
    let Changed { hold, replayed } = desk.end(end)?;
    if !replayed {
        change::save(&mut write, desk).await?;
        operations::record(&mut write, operation, deed, Change::default(), &()).await?;
        write.commit().await?;
    }
    Ok(Done { result: hold, replayed })
}
