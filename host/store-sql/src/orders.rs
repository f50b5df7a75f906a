mod place;
mod void;

use async_trait::async_trait;
use tombola_domain::id::{CampaignId, OrderId, PlayerId};
use tombola_store::orders::{NewOrder, NotPlaced, Order, OrderQuery, OrderSnapshot, Orders, Placed, VoidError};
use tombola_store::{Done, Operation, Result};

use crate::db::{self, Row};
use crate::error::unavailable;
use crate::fields::{Fields, clamped};
use crate::store::SqlStore;

#[async_trait]
impl Orders for SqlStore {
    async fn place_orders(&self, orders: &[NewOrder]) -> Result<Vec<Result<Placed, NotPlaced>>> {
        self.within(async { place::place(self.writer.begin().await?, orders).await }).await
    }

    async fn order_snapshot(&self, query: &OrderQuery) -> Result<OrderSnapshot> {
        let OrderQuery { campaign, player, key, sku } = query;
        self.within(async {
            let row = db::query(
                "SELECT orders.*, prize, allotted, issued FROM (SELECT 1) AS one
                 LEFT JOIN orders ON player = $1 AND orders.campaign = $2 AND key = $3
                 LEFT JOIN stock ON orders.id IS NULL AND stock.campaign = $2 AND prize = $4",
            )
            .bind(player.as_str())
            .bind(campaign.as_str())
            .bind(key.as_str())
            .bind(sku.as_str())
            .fetch_one(&mut *self.readers.reader().await?)
            .await
            .map_err(unavailable)?;
            // Who asks again needs nothing of the stock.
            Ok(match fields(&row).get::<Option<&str>>("id")? {
                Some(_) => OrderSnapshot { known: Some((order(&row)?, fields(&row).digest("request")?)), left: None },
                None => OrderSnapshot { known: None, left: left(&row)? },
            })
        })
        .await
    }

    async fn void_order(
        &self,
        operation: &Operation,
        campaign: &CampaignId,
        id: &OrderId,
    ) -> Result<Done<Order>, VoidError> {
        self.within(async { void::void(self.writer.begin().await?, operation, campaign, id).await }).await
    }

    async fn orders(
        &self,
        campaign: &CampaignId,
        player: &PlayerId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<(u64, Order)>> {
        self.within(async {
            let rows = db::query(
                "SELECT * FROM orders WHERE player = $1 AND campaign = $2 AND number < $3 ORDER BY number DESC LIMIT $4",
            )
            .bind(player.as_str())
            .bind(campaign.as_str())
            .bind(before.map_or(i64::MAX, clamped))
            .bind(limit)
            .fetch_all(&mut *self.readers.reader().await?)
            .await
            .map_err(unavailable)?;
            rows.iter().map(|row| Ok((fields(row).count("number")?, order(row)?))).collect()
        })
        .await
    }
}

/// Units that are left of the stock whose row is part of this one, if there is any.
fn left(row: &Row) -> Result<Option<u64>> {
    let fields = Fields { table: "stock", key: "prize", row };
    let allotted = fields.optional_count("allotted")?;
    allotted.map(|allotted| Ok(allotted.saturating_sub(fields.count("issued")?))).transpose()
}

fn fields(row: &Row) -> Fields<'_> {
    Fields { table: "orders", key: "id", row }
}

fn order(row: &Row) -> Result<Order> {
    let fields = fields(row);
    Ok(Order {
        id: fields.parsed("id")?,
        campaign: fields.parsed("campaign")?,
        player: fields.parsed("player")?,
        sku: fields.parsed("sku")?,
        quantity: fields.count("quantity")?,
        chances: fields.count("chances")?,
        unit: fields.parsed("unit")?,
        price: fields.get("price")?,
        ordered_at: fields.time("ordered_at")?,
        voided_at: fields.optional_time("voided_at")?,
    })
}
