//! Undoing an order.

use tombola_domain::id::{CampaignId, OrderId};
use tombola_store::audit::Verb;
use tombola_store::ledger::BusinessKey;
use tombola_store::orders::{Order, VoidError};
use tombola_store::{Done, Operation, Result};

use super::{fields, order, place};
use crate::chances;
use crate::db::{self, Connection};
use crate::error::unavailable;
use crate::ledger::{self, BackError};
use crate::operations::{self, Change, Deed};
use crate::writer::Write;

pub(super) async fn void(
    mut write: Write,
    operation: &Operation,
    campaign: &CampaignId,
    id: &OrderId,
) -> Result<Done<Order>, VoidError> {
    let subject = format!("{campaign}/{id}");
    let deed = Deed { what: Verb::VoidOrder, subject: &subject, campaign: Some(campaign) };
    let replayed: Option<()> = operations::replay::<_, VoidError>(&mut write, operation, deed.is_same()).await?;
    let of = place::key(id);
    let row = db::query(
        "SELECT orders.*, (SELECT number FROM postings p WHERE p.player = orders.player AND p.key = $3) AS posted
         FROM orders WHERE id = $1 AND campaign = $2",
    )
    .bind(id.as_str())
    .bind(campaign.as_str())
    .bind(&of)
    .fetch_optional(&mut write)
    .await
    .map_err(unavailable)?
    .ok_or(VoidError::Unknown)?;
    let found = order(&row)?;
    if replayed.is_some() || found.voided_at.is_some() {
        return Ok(Done { result: found, replayed: true });
    }
    let posting = fields(&row).posting("posted")?;
    // The price goes back into the lots that it came from.
    ledger::take_back_whole(&mut write, operation, &found.player, posting, &key(id)).await?;
    let (key, amount, at) = (key(id), found.chances, operation.at);
    let back = chances::Back { player: &found.player, campaign, of: &of, key: key.as_str(), amount, at };
    chances::take_back(&mut write, &back).await?;
    undo(&mut write, operation, id).await?;
    operations::record(&mut write, operation, deed, Change::default(), &()).await?;
    write.commit().await?;
    Ok(Done { result: Order { voided_at: Some(operation.at), ..found }, replayed: false })
}

fn key(id: &OrderId) -> BusinessKey {
    format!("void:order:{id}").parse().expect("printable, and short enough")
}

/// Puts as many units there as it took. What was issued stays issued, as with awards: the same name may be a prize's in another revision, and
/// its tokens number all units that ever were.
async fn undo(connection: &mut Connection, operation: &Operation, id: &OrderId) -> Result<()> {
    db::query(
        "UPDATE stock SET allotted = allotted + o.quantity, mark_version = mark_version + 1, sold_out = 0
         FROM (SELECT campaign AS c, sku, quantity FROM orders WHERE id = $1 AND stocked = 1) AS o
         WHERE campaign = o.c AND prize = o.sku;

         INSERT INTO stock_changes (campaign, prize, change, reason, actor, at)
         SELECT campaign, sku, quantity, $3, $4, $2 FROM orders WHERE id = $1 AND stocked = 1;

         UPDATE orders SET voided_at = $2 WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(operation.at.as_millis())
    .bind(operation.reason.as_str())
    .bind(&operation.actor)
    .execute(connection)
    .await
    .map_err(unavailable)?;
    Ok(())
}

impl From<BackError> for VoidError {
    fn from(error: BackError) -> Self {
        match error {
            BackError::NotPosted(error) => error.into(),
            BackError::Store(error) => error.into(),
        }
    }
}
