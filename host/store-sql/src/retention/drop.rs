//! Receipts that go, with the values behind them.

use std::collections::BTreeMap;

use serde_json::json;
use tombola_domain::id::CampaignId;
use tombola_store::Result;
use tombola_store::retention::{Cursor, Dropped, Expiry};

use super::position;
use crate::db::{self, Connection};
use crate::driver::{Partition, Partitions};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::store::SqlStore;
use crate::writer::Write;

/// Draws that follow each other, as far as they are old enough.
struct Page {
    /// How many there are.
    draws: u64,
    /// The position of the last.
    last: u64,
    /// How many of them have a receipt, by campaign; of campaigns that are to go.
    kept: BTreeMap<CampaignId, u64>,
    /// Whether all that were looked at are old enough, and of such campaigns.
    all_go: bool,
}

/// Goes through the first partition in which something has yet to be looked at, and drops it when all was found to be due.
pub(super) async fn by_partition(store: &SqlStore, partitions: &dyn Partitions, expiry: &Expiry) -> Result<Dropped> {
    let Expiry { at: Cursor { after, counted }, draws_max, .. } = expiry;
    let (partition, page) = {
        let mut reader = store.readers.reader().await?;
        let known = partitions.list(&mut reader).await.map_err(unavailable)?;
        let position = position(&mut reader).await?;
        // Nothing comes any more into one that is behind what was written last.
        let due = known.into_iter().find(|known| known.end > after + 1 && known.end <= position + 1);
        let Some(partition) = due else { return Ok(Dropped::default()) };
        let after = (*after).max(partition.first.saturating_sub(1));
        (partition, read(&mut reader, expiry, after, partition.end).await?)
    };
    let behind = Some(Cursor { after: partition.end - 1, counted: BTreeMap::new() });
    if !page.all_go {
        return Ok(Dropped { next: behind, ..Dropped::default() });
    }
    let mut counted = counted.clone();
    for (campaign, kept) in page.kept {
        *counted.entry(campaign).or_default() += kept;
    }
    if page.draws == u64::from(*draws_max) && page.last + 1 < partition.end {
        return Ok(Dropped { next: Some(Cursor { after: page.last, counted }), ..Dropped::default() });
    }
    let Some(mut write) = begin(store, expiry).await? else { return Ok(Dropped::default()) };
    partitions.drop(&mut write, partition).await.map_err(unavailable)?;
    note(&mut write, partition.end - 1, &counted).await?;
    write.commit().await?;
    let Partition { first, end } = partition;
    tracing::info!(first, end, ?counted, "a partition of receipts was dropped");
    Ok(Dropped { draws: counted, next: behind })
}

/// Deletes what is due among some draws.
pub(super) async fn by_row(store: &SqlStore, expiry: &Expiry) -> Result<Dropped> {
    let (after, page) = {
        let mut reader = store.readers.reader().await?;
        let after = expiry.at.after.max(begin_behind(&mut reader, expiry).await?);
        (after, read(&mut reader, expiry, after, u64::MAX >> 1).await?)
    };
    let is_last = page.draws < u64::from(expiry.draws_max);
    let next = (!is_last).then(|| Cursor { after: page.last, counted: BTreeMap::new() });
    if page.draws == 0 || page.kept.is_empty() && !is_last {
        return Ok(Dropped { next, ..Dropped::default() });
    }
    let Some(mut write) = begin(store, expiry).await? else { return Ok(Dropped::default()) };
    if !page.kept.is_empty() {
        delete(&mut write, after, page.last, &page.kept).await?;
    }
    let mut noted = page.kept.clone();
    if is_last {
        // So the next pass begins here.
        for campaign in &expiry.closed {
            noted.entry(campaign.clone()).or_default();
        }
    }
    note(&mut write, page.last, &noted).await?;
    write.commit().await?;
    Ok(Dropped { draws: page.kept, next })
}

/// Begins to write, unless a newer activation holds.
async fn begin(store: &SqlStore, expiry: &Expiry) -> Result<Option<Write>> {
    let write = store.writer.begin().await?;
    Ok((write.activation == expiry.activation).then_some(write))
}

/// Up to where nothing is left of any of the campaigns.
async fn begin_behind(reader: &mut Connection, expiry: &Expiry) -> Result<u64> {
    let row = db::query(
        "SELECT min(coalesce(x.position, 0)) AS position FROM json_each($1) q LEFT JOIN dropped_receipts x ON x.campaign = q.atom",
    )
    .bind(json!(expiry.closed.iter().map(CampaignId::as_str).collect::<Vec<_>>()).to_string())
    .fetch_one(reader)
    .await
    .map_err(unavailable)?;
    let behind = Fields { table: "dropped_receipts", key: "position", row: &row }.optional_count("position")?;
    Ok(behind.unwrap_or_default())
}

async fn read(reader: &mut Connection, expiry: &Expiry, after: u64, end: u64) -> Result<Page> {
    let rows = db::query(
        "SELECT campaign, count(*) AS seen, count(old) AS draws, count(kept) AS kept, max(old) AS last
         FROM (SELECT d.campaign, CASE WHEN drawn_at < $4 THEN d.position END AS old,
                      CASE WHEN drawn_at < $4 THEN r.position END AS kept
               FROM (SELECT position, campaign, drawn_at FROM draws WHERE position > $1 AND position < $2 ORDER BY position LIMIT $3) d
               LEFT JOIN receipts r ON r.position = d.position) listed
         GROUP BY campaign",
    )
    .bind(integer(after))
    .bind(integer(end))
    .bind(expiry.draws_max)
    .bind(expiry.drawn_before.as_millis())
    .fetch_all(reader)
    .await
    .map_err(unavailable)?;
    let mut page = Page { draws: 0, last: after, kept: BTreeMap::new(), all_go: true };
    for row in &rows {
        let fields = Fields { table: "draws", key: "campaign", row };
        let draws = fields.count("draws")?;
        page.draws += draws;
        page.last = page.last.max(fields.optional_count("last")?.unwrap_or_default());
        page.all_go &= draws == fields.count("seen")?;
        let name: &str = fields.get("campaign")?;
        match expiry.closed.iter().find(|closed| closed.as_str() == name) {
            Some(closed) => {
                let kept = fields.count("kept")?;
                if kept > 0 {
                    page.kept.insert(closed.clone(), kept);
                }
            }
            None => page.all_go = false,
        }
    }
    Ok(page)
}

async fn delete(write: &mut Write, after: u64, last: u64, of: &BTreeMap<CampaignId, u64>) -> Result<()> {
    db::query(
        "DELETE FROM disclosures WHERE position IN (
             SELECT d.position FROM draws d JOIN json_each($3) q ON q.atom = d.campaign WHERE d.position > $1 AND d.position <= $2);

         DELETE FROM receipts WHERE position IN (
             SELECT d.position FROM draws d JOIN json_each($3) q ON q.atom = d.campaign WHERE d.position > $1 AND d.position <= $2)",
    )
    .bind(integer(after))
    .bind(integer(last))
    .bind(json!(of.keys().map(CampaignId::as_str).collect::<Vec<_>>()).to_string())
    .execute(write)
    .await
    .map_err(unavailable)?;
    Ok(())
}

/// Notes that draws up to `last` need not have their receipts any more, and how many have lost them by now.
async fn note(write: &mut Write, last: u64, dropped: &BTreeMap<CampaignId, u64>) -> Result<()> {
    let rows = dropped.iter().map(|(campaign, draws)| json!([campaign.as_str(), last, draws]));
    db::query(
        "INSERT INTO dropped_receipts (campaign, position, draws)
         SELECT value ->> 0, CAST(value ->> 1 AS BIGINT), CAST(value ->> 2 AS BIGINT) FROM json_each($1) WHERE true
         ON CONFLICT (campaign) DO UPDATE SET position = max(dropped_receipts.position, excluded.position),
             draws = dropped_receipts.draws + excluded.draws",
    )
    .bind(json!(rows.collect::<Vec<_>>()).to_string())
    .execute(write)
    .await
    .map_err(unavailable)?;
    Ok(())
}
