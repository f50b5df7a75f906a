use async_trait::async_trait;
use serde_json::json;
use tombola_domain::amount::AMOUNT_MAX;
use tombola_domain::id::{CampaignId, PrizeId};
use tombola_domain::stock::Mark;
use tombola_store::audit::Verb;
use tombola_store::campaigns::NewRevision;
use tombola_store::stock::{Stock, StockError, StockLevel};
use tombola_store::{Done, Operation, Result};

use crate::db::{self, Row};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::operations::{self, Change, Deed};
use crate::store::SqlStore;
use crate::writer::Write;

#[async_trait]
impl Stock for SqlStore {
    async fn adjust_stock(
        &self,
        operation: &Operation,
        campaign: &CampaignId,
        prize: &PrizeId,
        change: i64,
    ) -> Result<Done<StockLevel>, StockError> {
        let subject = format!("{campaign}/{prize}");
        let deed = Deed { what: Verb::AdjustStock, subject: &subject, campaign: Some(campaign) };
        self.within(async {
            let mut write = self.writer.begin().await?;
            if let Some(result) = operations::replay::<_, StockError>(&mut write, operation, deed.is_same()).await? {
                return Ok(Done { result, replayed: true });
            }
            let before = find(&mut write, campaign, prize).await?.ok_or(StockError::UnknownPrize)?;
            let level = changed(before, change)?;
            update(&mut write, campaign, prize, level).await?;
            note_change(&mut write, operation, campaign, prize, change).await?;
            let digests = Change { before: Some(before.digest()), after: Some(level.digest()) };
            operations::record(&mut write, operation, deed, digests, &level).await?;
            write.commit().await?;
            Ok(Done { result: level, replayed: false })
        })
        .await
    }

    async fn stock(&self, campaign: &CampaignId) -> Result<Vec<(PrizeId, StockLevel)>> {
        self.within(async {
            let rows = db::query("SELECT * FROM stock WHERE campaign = $1 ORDER BY prize")
                .bind(campaign.as_str())
                .fetch_all(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            let named = |row| Ok((fields(row).parsed("prize")?, level(row)?));
            rows.iter().map(named).collect()
        })
        .await
    }
}

/// Takes the opening stock of prizes that have none yet.
pub(crate) async fn open(write: &mut Write, operation: &Operation, new: &NewRevision) -> Result<()> {
    let opening: Vec<_> = new.opening_stock.iter().map(|(prize, units)| json!([prize.as_str(), units])).collect();
    let opening = json!(opening).to_string();
    db::query(
        "INSERT INTO stock (campaign, prize, allotted)
         SELECT $1, value ->> 0, CAST(value ->> 1 AS BIGINT) FROM json_each($2) WHERE true
         ON CONFLICT (campaign, prize) DO NOTHING",
    )
    .bind(new.campaign.as_str())
    .bind(&opening)
    .execute(write)
    .await
    .map_err(unavailable)?;
    // The opening is every prize's first change.
    db::query(
        "INSERT INTO stock_changes (campaign, prize, change, reason, actor, at)
         SELECT $1, value ->> 0, CAST(value ->> 1 AS BIGINT), 'opening stock', $3, $4 FROM json_each($2)
         WHERE NOT EXISTS (SELECT 1 FROM stock_changes WHERE campaign = $1 AND prize = value ->> 0)",
    )
    .bind(new.campaign.as_str())
    .bind(&opening)
    .bind(&operation.actor)
    .bind(operation.at.as_millis())
    .execute(write)
    .await
    .map_err(unavailable)?;
    Ok(())
}

/// The level after a change, if it may be made.
fn changed(level: StockLevel, change: i64) -> Result<StockLevel, StockError> {
    let StockLevel { stock, issued, mark } = level;
    let stock = stock.checked_add_signed(change).filter(|stock| (issued..=AMOUNT_MAX.unsigned_abs()).contains(stock));
    let stock = stock.ok_or(StockError::OutOfBounds { stock: level.stock, issued })?;
    let mark = Mark { version: mark.version + 1, sold_out: mark.sold_out && change <= 0 };
    Ok(StockLevel { stock, issued, mark })
}

async fn find(write: &mut Write, campaign: &CampaignId, prize: &PrizeId) -> Result<Option<StockLevel>> {
    let row = db::query("SELECT * FROM stock WHERE campaign = $1 AND prize = $2")
        .bind(campaign.as_str())
        .bind(prize.as_str())
        .fetch_optional(write)
        .await
        .map_err(unavailable)?;
    row.as_ref().map(level).transpose()
}

async fn update(write: &mut Write, campaign: &CampaignId, prize: &PrizeId, level: StockLevel) -> Result<()> {
    db::query("UPDATE stock SET allotted = $1, mark_version = $2, sold_out = $3 WHERE campaign = $4 AND prize = $5")
        .bind(integer(level.stock))
        .bind(integer(level.mark.version))
        .bind(level.mark.sold_out)
        .bind(campaign.as_str())
        .bind(prize.as_str())
        .execute(write)
        .await
        .map_err(unavailable)?;
    Ok(())
}

async fn note_change(
    write: &mut Write,
    operation: &Operation,
    campaign: &CampaignId,
    prize: &PrizeId,
    change: i64,
) -> Result<()> {
    db::query("INSERT INTO stock_changes (campaign, prize, change, reason, actor, at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(campaign.as_str())
        .bind(prize.as_str())
        .bind(change)
        .bind(operation.reason.as_str())
        .bind(&operation.actor)
        .bind(operation.at.as_millis())
        .execute(write)
        .await
        .map_err(unavailable)?;
    Ok(())
}

fn fields(row: &Row) -> Fields<'_> {
    Fields { table: "stock", key: "prize", row }
}

fn level(row: &Row) -> Result<StockLevel> {
    let fields = fields(row);
    let mark = Mark { version: fields.count("mark_version")?, sold_out: fields.count("sold_out")? == 1 };
    Ok(StockLevel { stock: fields.count("allotted")?, issued: fields.count("issued")?, mark })
}
