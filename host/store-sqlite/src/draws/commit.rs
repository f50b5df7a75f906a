//! The commit of a batch, step by step.

use std::collections::HashMap;

use serde_json::json;
use tombola_domain::draw::{Grant, Verdict};
use tombola_domain::id::{CampaignId, PrizeId};
use tombola_domain::signature::Signer;
use tombola_domain::stock::{Bucket, Mark, allocate};
use tombola_store::draws::{Draw, DrawCommit, Dropped};
use tombola_store::{Result, StoreError};

use super::batch::{self, Closed};
use super::seals;
use crate::error::unavailable;
use crate::fields::Fields;
use crate::writer::Write;

type StockKey = (CampaignId, PrizeId);

/// Commits what can be, in one transaction, and answers for each draw in its order.
pub(super) async fn commit(
    mut write: Write,
    batch: Vec<DrawCommit>,
    signer: Option<&Signer>,
) -> Result<Vec<Result<Draw, Dropped>>> {
    let stale = find_stale(&mut write, &batch).await?;
    let plans: Vec<Vec<(StockKey, Grant)>> =
        batch.iter().zip(&stale).map(|(draw, stale)| if stale.is_some() { vec![] } else { plan(draw) }).collect();
    let mut buckets = load_buckets(&mut write, &plans).await?;
    let before = buckets.clone();
    let verdicts = allocate(plans.iter().map(Vec::as_slice), &mut buckets);
    let (closed, answers) = close(batch, stale, verdicts);
    if closed.is_empty() {
        // Nothing was taken from any bucket either; dropping the transaction ends it.
        return Ok(answers);
    }
    save_buckets(&mut write, &before, &buckets).await?;
    batch::insert(&mut write, &closed).await?;
    if let Some(signer) = signer {
        seals::insert(&mut write, signer, &closed).await?;
    }
    write.commit().await?;
    Ok(answers)
}

/// Whatever was decided on what no longer holds.
async fn find_stale(write: &mut Write, batch: &[DrawCommit]) -> Result<Vec<Option<Dropped>>> {
    let keys: Vec<_> =
        batch.iter().map(|draw| (draw.player.as_str(), campaign(draw).as_str(), draw.key.as_str())).collect();
    let found = sqlx::query(
        "SELECT q.key AS number, coalesce(p.version, 0) AS version, d.position IS NOT NULL AS is_used
         FROM jsonb_each(?) q
         LEFT JOIN participations p ON p.player = q.value ->> 0 AND p.campaign = q.value ->> 1
         LEFT JOIN draws d ON d.player = q.value ->> 0 AND d.campaign = q.value ->> 1 AND d.key = q.value ->> 2
         ORDER BY q.key",
    )
    .bind(serde_json::to_string(&keys).expect("texts are JSON"))
    .fetch_all(&mut **write)
    .await
    .map_err(unavailable)?;
    // Who has a draw in this batch already: their next one was decided without seeing it.
    let mut versions: HashMap<_, u64> = HashMap::with_capacity(batch.len());
    let mut stale = Vec::with_capacity(batch.len());
    for (draw, row) in batch.iter().zip(&found) {
        let fields = Fields { table: "participations", key: "number", row };
        let version = versions.entry((&draw.player, campaign(draw))).or_insert(fields.count("version")?);
        // An unchanged version proves the key unused. It is looked at all the same, since a caller that repeats itself
        // must not spoil the whole batch, and since the page that is read here is written next.
        let is_used: bool = fields.get("is_used")?;
        stale.push(if draw.activation != write.activation {
            Some(Dropped::Superseded(write.activation))
        } else if draw.expected_version != *version || is_used {
            Some(Dropped::VersionChanged)
        } else {
            *version = draw.participation.version;
            None
        });
    }
    Ok(stale)
}

fn campaign(draw: &DrawCommit) -> &CampaignId {
    &draw.receipt.terms.campaign
}

fn plan(draw: &DrawCommit) -> Vec<(StockKey, Grant)> {
    let keyed = |grant: &Grant| ((campaign(draw).clone(), grant.prize.clone()), grant.clone());
    draw.receipt.grants.iter().map(keyed).collect()
}

/// The bucket of every prize whose stock any plan counts.
async fn load_buckets(write: &mut Write, plans: &[Vec<(StockKey, Grant)>]) -> Result<HashMap<StockKey, Bucket>> {
    let stocked = plans.iter().flatten().filter(|(_, grant)| grant.stocked && grant.limit.is_none());
    let mut keys: Vec<&StockKey> = stocked.map(|(key, _)| key).collect();
    keys.sort();
    keys.dedup();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let names: Vec<_> = keys.iter().map(|(campaign, prize)| (campaign.as_str(), prize.as_str())).collect();
    let found = sqlx::query(
        "SELECT stock.* FROM json_each(?) q JOIN stock ON campaign = q.value ->> 0 AND prize = q.value ->> 1",
    )
    .bind(serde_json::to_string(&names).expect("texts are JSON"))
    .fetch_all(&mut **write)
    .await
    .map_err(unavailable)?;
    let mut buckets = HashMap::with_capacity(keys.len());
    for row in &found {
        let fields = Fields { table: "stock", key: "prize", row };
        let mark = Mark { version: fields.count("mark_version")?, sold_out: fields.count("sold_out")? == 1 };
        let (allotted, issued) = (fields.count("allotted")?, fields.count("issued")?);
        let key = (fields.parsed("campaign")?, fields.parsed("prize")?);
        buckets.insert(key, Bucket { number: 0, allotted, issued, whole: true, mark });
    }
    match keys.into_iter().find(|key| !buckets.contains_key(*key)) {
        None => Ok(buckets),
        Some((campaign, prize)) => Err(StoreError::Corrupt {
            table: "stock",
            column: "prize",
            row: format!("{campaign}/{prize}"),
            reason: "a prize whose stock is counted has none".to_owned(),
        }),
    }
}

/// Writes back what draws took and found empty.
async fn save_buckets(
    write: &mut Write,
    before: &HashMap<StockKey, Bucket>,
    after: &HashMap<StockKey, Bucket>,
) -> Result<()> {
    let changed = after.iter().filter(|(key, bucket)| before.get(*key) != Some(*bucket));
    let rows: Vec<_> = changed
        .map(|((campaign, prize), bucket)| {
            let Mark { version, sold_out } = bucket.mark;
            json!([campaign.as_str(), prize.as_str(), bucket.issued, version, u8::from(sold_out)])
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "UPDATE stock SET issued = q.value ->> 2, mark_version = q.value ->> 3, sold_out = q.value ->> 4
         FROM json_each(?) q WHERE campaign = q.value ->> 0 AND prize = q.value ->> 1",
    )
    .bind(json!(rows).to_string())
    .execute(&mut **write)
    .await
    .map_err(unavailable)?;
    Ok(())
}

/// Closes the receipt of every draw that goes in, and answers for all of them.
fn close(
    batch: Vec<DrawCommit>,
    stale: Vec<Option<Dropped>>,
    verdicts: Vec<Result<Vec<Verdict>, tombola_domain::stock::Short>>,
) -> (Vec<Closed>, Vec<Result<Draw, Dropped>>) {
    let mut closed = Vec::with_capacity(batch.len());
    let mut answers = Vec::with_capacity(batch.len());
    for ((draw, stale), verdicts) in batch.into_iter().zip(stale).zip(verdicts) {
        answers.push(match (stale, verdicts) {
            (Some(dropped), _) => Err(dropped),
            (None, Err(tombola_domain::stock::Short)) => Err(Dropped::Short),
            (None, Ok(verdicts)) => {
                let draw = Closed::new(draw, &verdicts);
                let answer = draw.draw.clone();
                closed.push(draw);
                Ok(answer)
            }
        });
    }
    (closed, answers)
}
