//! Undoing an order.

use std::collections::{BTreeSet, HashMap};

use sqlx::SqliteConnection;
use tombola_domain::id::{CampaignId, OrderId};
use tombola_domain::ledger::{Account, Shortfall, TakeBack, Transfer};
use tombola_store::audit::Verb;
use tombola_store::ledger::{BusinessKey, NotPosted, Why};
use tombola_store::orders::{Order, VoidError};
use tombola_store::{Done, Operation, Result};

use super::{fields, order};
use crate::error::unavailable;
use crate::ledger::{self, Ready};
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
    let row = sqlx::query("SELECT * FROM orders WHERE id = ? AND campaign = ?")
        .bind(id.as_str())
        .bind(campaign.as_str())
        .fetch_optional(&mut *write)
        .await
        .map_err(unavailable)?
        .ok_or(VoidError::Unknown)?;
    let found = order(&row)?;
    if replayed.is_some() || found.voided_at.is_some() {
        return Ok(Done { result: found, replayed: true });
    }
    let posting = fields(&row).count("posting")?;
    give_back(&mut write, operation, &found, posting).await?;
    undo(&mut write, operation, id).await?;
    operations::record(&mut write, operation, deed, Change::default(), &()).await?;
    write.commit().await?;
    Ok(Done { result: Order { voided_at: Some(operation.at), ..found }, replayed: false })
}

fn key(id: &OrderId) -> BusinessKey {
    format!("void:order:{id}").parse().expect("printable, and short enough")
}

/// Posts the price back, into the lots that it came from.
async fn give_back(write: &mut Write, operation: &Operation, order: &Order, posting: u64) -> Result<(), VoidError> {
    let mut made: HashMap<u64, Vec<(u64, Transfer)>> = ledger::transfers(write, &BTreeSet::from([posting])).await?;
    let made: Vec<Transfer> = made.remove(&posting).unwrap_or_default().into_iter().map(|(_, made)| made).collect();
    let mut accounts: BTreeSet<_> = made.iter().map(|made| (made.to.clone(), made.unit.clone())).collect();
    accounts.insert((Account::Player(order.player.clone()), order.unit.clone()));
    let mut book = ledger::read_accounts(write, &accounts).await?;
    let wish = TakeBack { made: &made, so_far: 0, amount: order.price, shortfall: Shortfall::Debt };
    let transfers = book.take_back(operation.at, &[wish]).map_err(NotPosted::Refused)?;
    let (player, key) = (Some(&order.player), key(&order.id));
    let ready =
        Ready { player, key: &key, request: operation.request, why: Why::Reversal, at: operation.at, transfers };
    ledger::write(write, book, vec![ready]).await?;
    Ok(())
}

/// Takes back what is left of the chances, and the units.
async fn undo(connection: &mut SqliteConnection, operation: &Operation, id: &OrderId) -> Result<()> {
    sqlx::query(
        "INSERT INTO chance_grants (player, campaign, key, why, amount, at)
         SELECT player, campaign, $2, 'reversal', -min(o.chances, coalesce(chances_initial, 0) + chances_added - chances_used), $3
         FROM orders AS o JOIN participations USING (player, campaign)
         WHERE o.id = $1 AND coalesce(chances_initial, 0) + chances_added - chances_used > 0;

         UPDATE participations SET version = version + 1, chances_added = chances_added + g.amount
         FROM (SELECT player AS p, campaign AS c, amount FROM chance_grants
               WHERE key = $2 AND (player, campaign) = (SELECT player, campaign FROM orders WHERE id = $1)) AS g
         WHERE player = g.p AND campaign = g.c;

         UPDATE stock SET issued = issued - o.quantity, mark_version = mark_version + 1, sold_out = 0
         FROM (SELECT campaign AS c, sku, quantity FROM orders WHERE id = $1 AND stocked) AS o
         WHERE campaign = o.c AND prize = o.sku;

         UPDATE orders SET voided_at = $3 WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(key(id).as_str())
    .bind(operation.at.as_millis())
    .execute(connection)
    .await
    .map_err(unavailable)?;
    Ok(())
}
