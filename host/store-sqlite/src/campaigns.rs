use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use tombola_domain::id::CampaignId;
use tombola_store::campaigns::{ActivateError, Activated, Campaigns, Live, NewRevision, Revision, RevisionSummary};
use tombola_store::{Done, Operation, Result, StoreError};

use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::operations::{self, Deed};
use crate::stock;
use crate::store::SqliteStore;
use crate::writer::Write;

#[async_trait]
impl Campaigns for SqliteStore {
    async fn live(&self) -> Result<Live> {
        self.within(async {
            let rows = sqlx::query(
                "SELECT committer.id, committer.activation, epochs.number AS epoch, revisions.* FROM committer
                 LEFT JOIN epochs ON began_at IS NOT NULL AND ended_at IS NULL
                 LEFT JOIN (campaigns JOIN revisions ON revisions.campaign = campaigns.name
                                                    AND revisions.number = campaigns.live)
                 ORDER BY campaigns.name",
            )
            .fetch_all(&mut *self.readers.reader().await?)
            .await
            .map_err(unavailable)?;
            let committer = rows.first().ok_or_else(|| unavailable(sqlx::Error::RowNotFound))?;
            let fields = Fields { table: "committer", key: "id", row: committer };
            let activation = fields.count("activation")?;
            let epoch = fields.optional_count("epoch")?;
            let is_empty = fields.optional_count("number")?.is_none();
            let revisions = if is_empty { Ok(vec![]) } else { rows.iter().map(revision).collect::<Result<_>>() };
            Ok(Live { activation, epoch, revisions: revisions? })
        })
        .await
    }

    async fn publish(&self, operation: &Operation, new: &NewRevision) -> Result<Done<Activated>, ActivateError> {
        let deed = Deed { what: "publish", subject: new.campaign.as_str() };
        self.within(async {
            let mut write = self.writer.begin().await?;
            if let Some(result) = operations::replay::<_, ActivateError>(&mut write, operation, deed).await? {
                return Ok(Done { result, replayed: true });
            }
            expect_live(&mut write, &new.campaign, new.expected_live).await?;
            let number = insert_revision(&mut write, operation, new).await?;
            stock::open(&mut write, operation, new).await?;
            let activated = activate(&mut write, &new.campaign, number).await?;
            operations::record(&mut write, operation, deed, &activated).await?;
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
        let deed = Deed { what: "rollback", subject: campaign.as_str() };
        self.within(async {
            let mut write = self.writer.begin().await?;
            if let Some(result) = operations::replay::<_, ActivateError>(&mut write, operation, deed).await? {
                return Ok(Done { result, replayed: true });
            }
            expect_live(&mut write, campaign, expected_live).await?;
            if !is_published(&mut write, campaign, to).await? {
                return Err(ActivateError::UnknownRevision(to));
            }
            let activated = activate(&mut write, campaign, to).await?;
            operations::record(&mut write, operation, deed, &activated).await?;
            write.commit().await?;
            Ok(Done { result: activated, replayed: false })
        })
        .await
    }

    async fn revision(&self, campaign: &CampaignId, number: u64) -> Result<Option<Revision>> {
        self.within(async {
            let row = sqlx::query("SELECT * FROM revisions WHERE campaign = ? AND number = ?")
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
            let rows = sqlx::query(
                "SELECT number, digest, published_by, published_at, number = live AS is_live
                 FROM revisions JOIN campaigns ON name = campaign
                 WHERE campaign = ?1 AND (?2 IS NULL OR number < ?2) ORDER BY number DESC LIMIT ?3",
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

/// A number that a caller asks for; what is beyond SQLite's integers is not there either.
fn clamped(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

async fn live_number(write: &mut Write, campaign: &CampaignId) -> Result<u64> {
    let row = sqlx::query("SELECT name, live FROM campaigns WHERE name = ?")
        .bind(campaign.as_str())
        .fetch_optional(&mut **write)
        .await
        .map_err(unavailable)?;
    row.map_or(Ok(0), |row| Fields { table: "campaigns", key: "name", row: &row }.count("live"))
}

async fn expect_live(write: &mut Write, campaign: &CampaignId, expected: Option<u64>) -> Result<(), ActivateError> {
    let live = live_number(write, campaign).await?;
    match expected {
        Some(expected) if expected != live => Err(ActivateError::NotExpected(live)),
        _ => Ok(()),
    }
}

async fn is_published(write: &mut Write, campaign: &CampaignId, number: u64) -> Result<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM revisions WHERE campaign = ? AND number = ?)")
        .bind(campaign.as_str())
        .bind(clamped(number))
        .fetch_one(&mut **write)
        .await
        .map_err(unavailable)
}

async fn insert_revision(write: &mut Write, operation: &Operation, new: &NewRevision) -> Result<u64> {
    let latest: i64 = sqlx::query_scalar("SELECT coalesce(max(number), 0) FROM revisions WHERE campaign = ?")
        .bind(new.campaign.as_str())
        .fetch_one(&mut **write)
        .await
        .map_err(unavailable)?;
    let number = latest.unsigned_abs() + 1;
    sqlx::query(
        "INSERT INTO revisions (campaign, number, digest, document, published_by, published_at)
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(new.campaign.as_str())
    .bind(integer(number))
    .bind(&new.digest.as_bytes()[..])
    .bind(&new.document)
    .bind(&operation.actor)
    .bind(operation.at.as_millis())
    .execute(&mut **write)
    .await
    .map_err(unavailable)?;
    Ok(number)
}

/// Makes a revision live under the next activation. Commits wait for the end of this transaction, and then find the
/// activation that their draws were decided on outdated.
async fn activate(write: &mut Write, campaign: &CampaignId, number: u64) -> Result<Activated, StoreError> {
    sqlx::query(
        "INSERT INTO campaigns (name, live) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET live = excluded.live",
    )
    .bind(campaign.as_str())
    .bind(integer(number))
    .execute(&mut **write)
    .await
    .map_err(unavailable)?;
    Ok(Activated { revision: number, activation: next_activation(write).await? })
}

/// Raises the activation's number.
pub(crate) async fn next_activation(write: &mut Write) -> Result<u64> {
    let activation = write.activation + 1;
    sqlx::query("UPDATE committer SET activation = ?")
        .bind(integer(activation))
        .execute(&mut **write)
        .await
        .map_err(unavailable)?;
    Ok(activation)
}

fn revision(row: &SqliteRow) -> Result<Revision> {
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

fn summary(row: &SqliteRow) -> Result<RevisionSummary> {
    let fields = Fields { table: "revisions", key: "number", row };
    Ok(RevisionSummary {
        number: fields.count("number")?,
        digest: fields.digest("digest")?,
        published_by: fields.text("published_by")?,
        published_at: fields.time("published_at")?,
        live: fields.get("is_live")?,
    })
}
