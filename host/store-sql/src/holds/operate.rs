//! A hold that an operator ends, or undoes.

use std::collections::BTreeSet;

use tombola_domain::hold::Hold;
use tombola_domain::id::{HoldId, PlayerId};
use tombola_store::audit::Verb;
use tombola_store::holds::{Changed, EndHoldError, HoldChange, HoldEnd, NotChanged};
use tombola_store::ledger::{NotPosted, Why};
use tombola_store::{Done, Operation};

use super::{change, rows};
use crate::db::{self, Row};
use crate::error::unavailable;
use crate::ledger::{self, Ready};
use crate::operations::{self, Change, Deed};
use crate::writer::Write;

pub(super) async fn end(mut write: Write, operation: &Operation, end: &HoldEnd) -> Result<Done<Hold>, EndHoldError> {
    let deed = Deed { what: Verb::EndHold, subject: end.id.as_str(), campaign: None };
    if let Some(()) = operations::replay::<_, EndHoldError>(&mut write, operation, deed.is_same()).await? {
        let row = row(&mut write, &end.player, &end.id).await?;
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

pub(super) async fn void(
    mut write: Write,
    operation: &Operation,
    player: &PlayerId,
    id: &HoldId,
) -> Result<Done<Hold>, EndHoldError> {
    let deed = Deed { what: Verb::VoidHold, subject: id.as_str(), campaign: None };
    let replayed: Option<()> = operations::replay::<_, EndHoldError>(&mut write, operation, deed.is_same()).await?;
    let row = row(&mut write, player, id).await?;
    let hold = rows::hold(&row)?;
    let taken = hold.voidable().map_err(NotChanged::Refused)?;
    if replayed.is_some() || taken == 0 {
        return Ok(Done { result: hold, replayed: true });
    }
    let placed = rows::posting(&row)?;
    let made = ledger::transfers(&mut write, &BTreeSet::from([placed])).await?.remove(&placed).unwrap_or_default();
    let made: Vec<_> = made.into_iter().map(|(_, made)| made).collect();
    let mut book = ledger::read_accounts(&mut write, &change::touched(&hold).into()).await?;
    let refused = |refused| NotChanged::NotPosted(NotPosted::Refused(refused));
    let transfers = book.void_hold(operation.at, &hold, &made, taken).map_err(refused)?;
    let key = format!("void:hold:{id}").parse().expect("printable, and short enough");
    let Operation { request, at, .. } = *operation;
    let ready = Ready { player: Some(player), key: &key, request, why: Why::Reversal, at, transfers };
    ledger::write(&mut write, book, vec![ready]).await?;
    operations::record(&mut write, operation, deed, Change::default(), &()).await?;
    write.commit().await?;
    Ok(Done { result: Hold { voided_at: Some(at), ..hold }, replayed: false })
}

async fn row(write: &mut Write, player: &PlayerId, id: &HoldId) -> Result<Row, EndHoldError> {
    let row = db::query(concat!("SELECT ", rows::columns!(), " FROM holds h WHERE id = $1 AND player = $2"))
        .bind(id.as_str())
        .bind(player.as_str())
        .fetch_optional(write)
        .await
        .map_err(unavailable)?;
    Ok(row.ok_or(NotChanged::Unknown)?)
}
