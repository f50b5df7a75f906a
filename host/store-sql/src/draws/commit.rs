//! The commit of a batch, step by step.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::json;
use tombola_domain::award::Delivery;
use tombola_domain::draw::{Grant, Verdict};
use tombola_domain::id::{CampaignId, CodePoolName, PrizeId};
use tombola_domain::series::Series;
use tombola_domain::signature::Signer;
use tombola_domain::stock::{Bucket, Mark, Plan, Supply, Undone, allocate};
use tombola_store::draws::{DecidedDraw, Draw, DrawCommit, Dropped, HandOver};
use tombola_store::{Result, StoreError};

use super::batch::{self, Closed};
use super::{budgets, postings, seals};
use crate::aside::Aside;
use crate::codes::giving::{self, Held};
use crate::db::{self, Row};
use crate::error::unavailable;
use crate::fields::Fields;
use crate::writer::Write;

/// Where units of a prize come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum StockKey {
    /// Its own stock.
    Prize(CampaignId, PrizeId),
    /// The free codes of a pool.
    Codes(CodePoolName),
}

/// A draw's grants, and the campaign whose budget they are taken from.
type Planned = Plan<StockKey, CampaignId>;

/// Commits what can be, in one transaction, and answers for each key in its order.
pub(super) async fn commit(
    mut write: Write,
    batch: &[DrawCommit],
    signer: Option<&Signer>,
    aside: &Aside,
) -> Result<Vec<Result<Series<Draw>, Dropped>>> {
    let (changed, stock) = read(&mut write, batch).await?;
    let stale = find_stale(write.activation, batch, &changed);
    let plans: Vec<Series<Planned>> =
        batch.iter().zip(&stale).filter(|(_, stale)| stale.is_none()).map(|(commit, _)| plans(commit)).collect();
    let held = hold(&mut write, batch).await?;
    let mut opened = postings::read(&mut write, batch).await?;
    let budgets = budgets::of(batch, write.activation, &opened.book);
    let mut supply = Supply { buckets: buckets(&plans, &stock, &held)?, budgets };
    let before = supply.buckets.clone();
    let verdicts = allocate(&plans, &mut supply);
    let (mut closed, answers) = close(batch, stale, verdicts, &held);
    if closed.is_empty() {
        // Nothing was taken from any bucket either; dropping the transaction ends it.
        return Ok(answers);
    }
    save_buckets(&mut write, &before, &supply.buckets).await?;
    let made = postings::post(&mut opened, &mut closed)?;
    let position = write.position;
    let given = batch::take_codes(&mut closed, position);
    let seal = signer.map(|signer| seals::of(signer, position, &closed));
    let drawn = batch::insert(&mut write, &closed, made.len(), seal.as_ref()).await?;
    giving::give(&mut write, &held, pools(&supply.buckets), &given).await?;
    postings::write(&mut write, opened, &made, drawn).await?;
    let along = aside.next();
    if let Some(piece) = &along {
        piece.run(&mut write).await?;
    }
    write.commit().await?;
    if let Some(piece) = along {
        piece.done();
    }
    Ok(answers)
}

/// What was found of a player whose commit was decided on something else.
struct Changed {
    version: u64,
    /// Whether the commit's key is used.
    is_used: bool,
}

/// What holds now, in one call to the driver: of the commits that were decided on something else what does, by their places, and the rows
/// of the stock that any draw may take from. Of the others nothing is told, since each row is a change of thread.
async fn read(write: &mut Write, batch: &[DrawCommit]) -> Result<(HashMap<usize, Changed>, Vec<Row>)> {
    let keys = batch.iter().map(|commit| {
        (commit.player.as_str(), campaign(commit).as_str(), commit.key.as_str(), commit.expected_version)
    });
    let taking = |commit| {
        let grants = stocked(commit).filter(|(_, pool)| pool.is_none());
        grants.map(move |(grant, _)| (campaign(commit).as_str(), grant.prize.as_str()))
    };
    let stock: BTreeSet<_> = batch.iter().flat_map(taking).collect();
    let mut found = db::query(
        "SELECT json_group_array(json_array(q.key, coalesce(p.version, 0), CASE WHEN d.position IS NULL THEN 0 ELSE 1 END)) AS changed
         FROM jsonb_each($1) q
         LEFT JOIN participations p ON p.player = q.value ->> 0 AND p.campaign = q.value ->> 1
         LEFT JOIN draws d ON d.player = q.value ->> 0 AND d.campaign = q.value ->> 1 AND d.key = q.value ->> 2
                              AND d.part = 0
         WHERE coalesce(p.version, 0) <> CAST(q.value ->> 3 AS BIGINT) OR d.position IS NOT NULL;

         SELECT stock.* FROM json_each($2) q JOIN stock ON campaign = q.value ->> 0 AND prize = q.value ->> 1",
    )
    .bind(serde_json::to_string(&keys.collect::<Vec<_>>()).expect("texts and integers are JSON"))
    .bind(serde_json::to_string(&stock).expect("texts are JSON"))
    .fetch_all(write)
    .await
    .map_err(unavailable)?;
    let stock = found.split_off(1);
    let changed: Vec<(usize, u64, u8)> =
        Fields { table: "participations", key: "changed", row: &found[0] }.json("changed")?;
    let changed = changed.into_iter().map(|(place, version, used)| (place, Changed { version, is_used: used == 1 }));
    Ok((changed.collect(), stock))
}

/// The grants of a commit whose stock is counted, each with the pool that its code would come from.
fn stocked(commit: &DrawCommit) -> impl Iterator<Item = (&Grant, Option<&CodePoolName>)> {
    commit.draws.iter().flat_map(stocked_of)
}

fn stocked_of(draw: &DecidedDraw) -> impl Iterator<Item = (&Grant, Option<&CodePoolName>)> {
    let grants = draw.receipt.grants.iter().zip(&draw.hand_overs);
    let counted = grants.filter(|(grant, _)| grant.stocked && grant.limit.is_none());
    counted.map(|(grant, hand_over)| (grant, code_pool(hand_over)))
}

fn code_pool(hand_over: &HandOver) -> Option<&CodePoolName> {
    hand_over.delivery.as_ref().and_then(Delivery::code_pool)
}

/// Holds a code of a pool for each draw that may get one.
async fn hold(write: &mut Write, batch: &[DrawCommit]) -> Result<Held> {
    let mut wanted: BTreeMap<&CodePoolName, usize> = BTreeMap::new();
    for draw in batch.iter().flat_map(|commit| commit.draws.iter()) {
        // Several grants may come from one pool, and one of them is made at most.
        let pools: BTreeSet<_> = stocked_of(draw).filter_map(|(_, pool)| pool).collect();
        for pool in pools {
            *wanted.entry(pool).or_default() += 1;
        }
    }
    // No draw may get a code that had expired when it began.
    let latest = batch.iter().flat_map(|commit| commit.draws.iter()).map(|draw| draw.receipt.terms.drawn_at).max();
    match latest {
        Some(latest) if !wanted.is_empty() => giving::hold(write, &wanted, latest).await,
        _ => Ok(Held::default()),
    }
}

/// Whatever was decided on what no longer holds.
fn find_stale(activation: u64, batch: &[DrawCommit], changed: &HashMap<usize, Changed>) -> Vec<Option<Dropped>> {
    // Who has a draw in this batch already: their next one was decided without seeing it.
    let mut versions: HashMap<_, u64> = HashMap::with_capacity(batch.len());
    let mut stale = Vec::with_capacity(batch.len());
    for (place, commit) in batch.iter().enumerate() {
        let changed = changed.get(&place);
        let found = changed.map_or(commit.expected_version, |changed| changed.version);
        let version = versions.entry((&commit.player, campaign(commit))).or_insert(found);
        // An unchanged version proves the key unused. It is looked at all the same, since a caller that repeats itself
        // must not spoil the whole batch, and since the page that is read here is written next.
        let is_used = changed.is_some_and(|changed| changed.is_used);
        stale.push(if commit.activation != activation {
            Some(Dropped::Superseded(activation))
        } else if commit.expected_version != *version || is_used {
            Some(Dropped::VersionChanged)
        } else {
            *version = commit.participation.version;
            None
        });
    }
    stale
}

fn campaign(commit: &DrawCommit) -> &CampaignId {
    &commit.draws.first.receipt.terms.campaign
}

fn plans(commit: &DrawCommit) -> Series<Planned> {
    let keyed = |(grant, hand_over): (&Grant, &HandOver)| {
        let own = || StockKey::Prize(campaign(commit).clone(), grant.prize.clone());
        (code_pool(hand_over).cloned().map_or_else(own, StockKey::Codes), grant.clone())
    };
    let plan = |draw: &DecidedDraw| {
        let grants = draw.receipt.grants.iter().zip(&draw.hand_overs);
        Plan { grants: grants.map(keyed).collect(), budget: campaign(commit).clone(), expected: draw.expected }
    };
    Series { first: plan(&commit.draws.first), rest: commit.draws.rest.iter().map(plan).collect() }
}

/// The one bucket of a prize, from a row with all columns of `stock`.
pub(crate) fn read_bucket(row: &Row) -> Result<(StockKey, Bucket)> {
    let fields = Fields { table: "stock", key: "prize", row };
    let mark = Mark { version: fields.count("mark_version")?, sold_out: fields.count("sold_out")? == 1 };
    let (allotted, issued) = (fields.count("allotted")?, fields.count("issued")?);
    let key = StockKey::Prize(fields.parsed("campaign")?, fields.parsed("prize")?);
    Ok((key, Bucket { number: 0, allotted, issued, whole: true, mark }))
}

/// The bucket of every prize whose stock is counted.
fn buckets(plans: &[Series<Planned>], stock: &[Row], held: &Held) -> Result<HashMap<StockKey, Bucket>> {
    let mut buckets: HashMap<_, _> =
        held.buckets().map(|(pool, bucket)| (StockKey::Codes(pool.clone()), bucket)).collect();
    for row in stock {
        let (key, bucket) = read_bucket(row)?;
        buckets.insert(key, bucket);
    }
    let grants = plans.iter().flat_map(Series::iter).flat_map(|plan| &plan.grants);
    let mut counted = grants.filter(|(_, grant)| grant.stocked && grant.limit.is_none());
    match counted.find(|(key, _)| !buckets.contains_key(key)) {
        None => Ok(buckets),
        Some((key, _)) => Err(without_stock(key)),
    }
}

pub(crate) fn without_stock(key: &StockKey) -> StoreError {
    let (table, column, row) = match key {
        StockKey::Prize(campaign, prize) => ("stock", "prize", format!("{campaign}/{prize}")),
        StockKey::Codes(pool) => ("code_pools", "name", pool.to_string()),
    };
    StoreError::Corrupt { table, column, row, reason: "a prize whose stock is counted has none".to_owned() }
}

/// The buckets that are pools.
pub(crate) fn pools(buckets: &HashMap<StockKey, Bucket>) -> impl Iterator<Item = (&CodePoolName, &Bucket)> {
    buckets.iter().filter_map(|(key, bucket)| match key {
        StockKey::Codes(pool) => Some((pool, bucket)),
        StockKey::Prize(..) => None,
    })
}

/// Writes back what draws took from stock and found empty.
pub(crate) async fn save_buckets(
    write: &mut Write,
    before: &HashMap<StockKey, Bucket>,
    after: &HashMap<StockKey, Bucket>,
) -> Result<()> {
    let changed = after.iter().filter(|(key, bucket)| before.get(*key) != Some(*bucket));
    let rows: Vec<_> = changed
        .filter_map(|(key, bucket)| {
            let StockKey::Prize(campaign, prize) = key else { return None };
            let Mark { version, sold_out } = bucket.mark;
            Some(json!([campaign.as_str(), prize.as_str(), bucket.issued, version, u8::from(sold_out)]))
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    db::query(
        "UPDATE stock SET issued = CAST(q.value ->> 2 AS BIGINT), mark_version = CAST(q.value ->> 3 AS BIGINT),
        sold_out = CAST(q.value ->> 4 AS BIGINT)
         FROM json_each($1) q WHERE campaign = q.value ->> 0 AND prize = q.value ->> 1",
    )
    .bind(json!(rows).to_string())
    .execute(write)
    .await
    .map_err(unavailable)?;
    Ok(())
}

/// Closes the receipts of all draws that go in, and answers for every key. `verdicts` are of those that are not stale.
fn close(
    batch: &[DrawCommit],
    stale: Vec<Option<Dropped>>,
    verdicts: Vec<Result<Series<Vec<Verdict>>, Undone>>,
    held: &Held,
) -> (Vec<Closed>, Vec<Result<Series<Draw>, Dropped>>) {
    let mut closed = Vec::with_capacity(batch.len());
    let mut answers = Vec::with_capacity(batch.len());
    let mut verdicts = verdicts.into_iter();
    for (commit, stale) in batch.iter().zip(stale) {
        if let Some(dropped) = stale {
            answers.push(Err(dropped));
            continue;
        }
        answers.push(match verdicts.next().expect("there are verdicts for whatever is not stale") {
            Err(Undone::Short) => Err(Dropped::Short),
            Err(Undone::Unforeseen) => Err(Dropped::Unforeseen),
            Ok(verdicts) => {
                let commit = Closed::new(commit, &verdicts, held);
                let answer = commit.answer();
                closed.push(commit);
                Ok(answer)
            }
        });
    }
    (closed, answers)
}
