use std::collections::BTreeSet;

use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::id::CampaignId;
use tombola_store::audit::Verb;
use tombola_store::campaigns::{
    ActivateError, Activated, Campaigns, Live, NewRevision, Pause, Revision, RevisionSummary,
};
use tombola_store::{Done, Operation, Result, StoreError};

use crate::db::{self, Row};
use crate::error::unavailable;
use crate::fields::{Fields, clamped, integer};
use crate::operations::{self, Change, Deed};
use crate::stock;
use crate::store::SqlStore;
use crate::writer::Write;

#[async_trait]
impl Campaigns for SqlStore {
    async fn live(&self) -> Result<Live> {
        self.within(async {
            let rows = db::query(
                "SELECT committer.id, committer.activation, epochs.number AS epoch, campaigns.paused, revisions.*
                 FROM committer
                 LEFT JOIN epochs ON began_at IS NOT NULL AND ended_at IS NULL
                 LEFT JOIN (campaigns JOIN revisions ON revisions.campaign = campaigns.name
                                                    AND revisions.number = campaigns.live) ON true
                 ORDER BY campaigns.name",
            )
            .fetch_all(&mut *self.readers.reader().await?)
            .await
            .map_err(unavailable)?;
            let committer = rows.first().ok_or_else(|| unavailable(sqlx::Error::RowNotFound))?;
            let fields = Fields { table: "committer", key: "id", row: committer };
            let activation = fields.count("activation")?;
            let epoch = fields.optional_count("epoch")?;
            let mut live = Live { activation, epoch, revisions: Vec::new(), paused: BTreeSet::new() };
            // Where nothing was ever published, the one row is the committer's alone.
            let is_empty = fields.optional_count("number")?.is_none();
            for row in rows.iter().skip(usize::from(is_empty)) {
                let revision = revision(row)?;
                live.paused.extend(is_paused(row)?.then(|| revision.campaign.clone()));
                live.revisions.push(revision);
            }
            Ok(live)
        })
        .await
    }

    async fn activation(&self) -> Result<u64> {
        self.within(async {
            let row = db::query("SELECT id, activation FROM committer")
                .fetch_one(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            Fields { table: "committer", key: "id", row: &row }.count("activation")
        })
        .await
    }

    async fn activated(
        &self,
        operation: &Operation,
        campaign: &CampaignId,
    ) -> Result<Option<(Activated, String)>, ActivateError> {
        self.within(async {
            let is_same =
                |what, subject: &str| matches!(what, Verb::Publish | Verb::Rollback) && subject == campaign.as_str();
            operations::replay(&mut *self.readers.reader().await?, operation, is_same).await
        })
        .await
    }

    async fn publish(&self, operation: &Operation, new: &NewRevision) -> Result<Done<Activated>, ActivateError> {
        let deed = deed(Verb::Publish, &new.campaign);
        self.within(async {
            let mut write = self.writer.begin().await?;
            if let Some(result) = operations::replay::<_, ActivateError>(&mut write, operation, deed.is_same()).await? {
                return Ok(Done { result, replayed: true });
            }
            let before = expect_live(&mut write, &new.campaign, new.expected_live).await?;
            let number = insert_revision(&mut write, operation, new).await?;
            stock::open(&mut write, operation, new).await?;
            let activated = activate(&mut write, &new.campaign, number).await?;
            let change = Change { before, after: Some(new.digest) };
            operations::record(&mut write, operation, deed, change, &(activated, new.remarks.clone())).await?;
            write.commit().await?;
            Ok(Done { result: activated, replayed: false })
        })
        .await
    }

    async fn rollback(
        &self,
        operation: &Operation,
        campaign: &CampaignId,
        to: u64,
        expected_live: Option<u64>,
    ) -> Result<Done<Activated>, ActivateError> {
        let deed = deed(Verb::Rollback, campaign);
        self.within(async {
            let mut write = self.writer.begin().await?;
            if let Some(result) = operations::replay::<_, ActivateError>(&mut write, operation, deed.is_same()).await? {
                return Ok(Done { result, replayed: true });
            }
            let before = expect_live(&mut write, campaign, expected_live).await?;
            let after = published(&mut write, campaign, to).await?.ok_or(ActivateError::UnknownRevision(to))?;
            let activated = activate(&mut write, campaign, to).await?;
            let change = Change { before, after: Some(after) };
            operations::record(&mut write, operation, deed, change, &activated).await?;
            write.commit().await?;
            Ok(Done { result: activated, replayed: false })
        })
        .await
    }

    async fn set_paused(
        &self,
        operation: &Operation,
        campaign: &CampaignId,
        paused: bool,
    ) -> Result<Done<Pause>, ActivateError> {
        let deed = deed(if paused { Verb::Pause } else { Verb::Resume }, campaign);
        self.within(async {
            let mut write = self.writer.begin().await?;
            if let Some(result) = operations::replay::<_, ActivateError>(&mut write, operation, deed.is_same()).await? {
                return Ok(Done { result, replayed: true });
            }
            let live = live(&mut write, campaign).await?.ok_or(ActivateError::UnknownCampaign)?;
            let changed = live.paused != paused;
            let activation = if changed { pause(&mut write, campaign, paused).await? } else { write.activation };
            let pause = Pause { revision: live.number, paused, activation, changed };
            let [before, after] = [live.paused, paused].map(|paused| Some(Pause::digest(&live.digest, paused)));
            let change = Change { before, after };
            operations::record(&mut write, operation, deed, change, &pause).await?;
            write.commit().await?;
            Ok(Done { result: pause, replayed: false })
        })
        .await
    }

    async fn revision(&self, campaign: &CampaignId, number: u64) -> Result<Option<Revision>> {
        self.within(async {
            let row = db::query("SELECT * FROM revisions WHERE campaign = $1 AND number = $2")
                .bind(campaign.as_str())
                .bind(clamped(number))
                .fetch_optional(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            row.as_ref().map(revision).transpose()
        })
        .await
    }

    async fn revisions(&self, campaign: &CampaignId, before: Option<u64>, limit: u32) -> Result<Vec<RevisionSummary>> {
        self.within(async {
            let rows = db::query(
                "SELECT number, digest, published_by, published_at, number = live AS is_live
                 FROM revisions JOIN campaigns ON name = campaign
                 WHERE campaign = $1 AND ($2 IS NULL OR number < $2) ORDER BY number DESC LIMIT $3",
            )
            .bind(campaign.as_str())
            .bind(before.map(clamped))
            .bind(limit)
            .fetch_all(&mut *self.readers.reader().await?)
            .await
            .map_err(unavailable)?;
            rows.iter().map(summary).collect()
        })
        .await
    }
}

fn deed(what: Verb, campaign: &CampaignId) -> Deed<'_> {
    Deed { what, subject: campaign.as_str(), campaign: Some(campaign) }
}

/// A campaign as draws run on it.
struct LiveRow {
    number: u64,
    digest: Digest,
    paused: bool,
}

async fn live(write: &mut Write, campaign: &CampaignId) -> Result<Option<LiveRow>> {
    let row = db::query(
        "SELECT number, digest, paused FROM campaigns JOIN revisions ON campaign = name AND number = live
         WHERE name = $1",
    )
    .bind(campaign.as_str())
    .fetch_optional(write)
    .await
    .map_err(unavailable)?;
    let Some(row) = row else { return Ok(None) };
    let fields = Fields { table: "revisions", key: "number", row: &row };
    Ok(Some(LiveRow { number: fields.count("number")?, digest: fields.digest("digest")?, paused: is_paused(&row)? }))
}

/// Answers the live revision's digest, if there is one.
async fn expect_live(
    write: &mut Write,
    campaign: &CampaignId,
    expected: Option<u64>,
) -> Result<Option<Digest>, ActivateError> {
    let live = live(write, campaign).await?;
    let number = live.as_ref().map_or(0, |live| live.number);
    match expected {
        Some(expected) if expected != number => Err(ActivateError::NotExpected(number)),
        _ => Ok(live.map(|live| live.digest)),
    }
}

/// The digest of a revision, if there is one of this number.
async fn published(write: &mut Write, campaign: &CampaignId, number: u64) -> Result<Option<Digest>> {
    let row = db::query("SELECT number, digest FROM revisions WHERE campaign = $1 AND number = $2")
        .bind(campaign.as_str())
        .bind(clamped(number))
        .fetch_optional(write)
        .await
        .map_err(unavailable)?;
    row.map(|row| Fields { table: "revisions", key: "number", row: &row }.digest("digest")).transpose()
}

async fn insert_revision(write: &mut Write, operation: &Operation, new: &NewRevision) -> Result<u64> {
    let latest: i64 = db::query_scalar("SELECT coalesce(max(number), 0) FROM revisions WHERE campaign = $1")
        .bind(new.campaign.as_str())
        .fetch_one(write)
        .await
        .map_err(unavailable)?;
    let number = latest.unsigned_abs() + 1;
    db::query(
        "INSERT INTO revisions (campaign, number, digest, document, published_by, published_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(new.campaign.as_str())
    .bind(integer(number))
    .bind(&new.digest.as_bytes()[..])
    .bind(&new.document)
    .bind(&operation.actor)
    .bind(operation.at.as_millis())
    .execute(write)
    .await
    .map_err(unavailable)?;
    Ok(number)
}

/// Makes a revision live under the next activation. Commits wait for the end of this transaction, and then find the
/// activation that their draws were decided on outdated.
async fn activate(write: &mut Write, campaign: &CampaignId, number: u64) -> Result<Activated, StoreError> {
    db::query(
        "INSERT INTO campaigns (name, live) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET live = excluded.live",
    )
    .bind(campaign.as_str())
    .bind(integer(number))
    .execute(write)
    .await
    .map_err(unavailable)?;
    Ok(Activated { revision: number, activation: next_activation(write).await? })
}

/// Pauses or resumes under the next activation, with the same effect on commits.
async fn pause(write: &mut Write, campaign: &CampaignId, paused: bool) -> Result<u64> {
    db::query("UPDATE campaigns SET paused = $1 WHERE name = $2")
        .bind(paused)
        .bind(campaign.as_str())
        .execute(write)
        .await
        .map_err(unavailable)?;
    next_activation(write).await
}

/// Raises the activation's number.
pub(crate) async fn next_activation(write: &mut Write) -> Result<u64> {
    let activation = write.activation + 1;
    db::query("UPDATE committer SET activation = $1")
        .bind(integer(activation))
        .execute(write)
        .await
        .map_err(unavailable)?;
    Ok(activation)
}

fn is_paused(row: &Row) -> Result<bool> {
    Ok(Fields { table: "campaigns", key: "name", row }.count("paused")? == 1)
}

fn revision(row: &Row) -> Result<Revision> {
    let fields = Fields { table: "revisions", key: "number", row };
    Ok(Revision {
        campaign: fields.parsed("campaign")?,
        number: fields.count("number")?,
        digest: fields.digest("digest")?,
        document: fields.text("document")?,
        published_by: fields.text("published_by")?,
        published_at: fields.time("published_at")?,
    })
}

fn summary(row: &Row) -> Result<RevisionSummary> {
    let fields = Fields { table: "revisions", key: "number", row };
    Ok(RevisionSummary {
        number: fields.count("number")?,
        digest: fields.digest("digest")?,
        published_by: fields.text("published_by")?,
        published_at: fields.time("published_at")?,
        live: fields.get("is_live")?,
    })
}
