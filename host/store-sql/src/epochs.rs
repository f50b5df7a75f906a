use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::epoch::Secret;
use tombola_domain::signature::PublicKey;
use tombola_domain::time::Timestamp;
use tombola_store::audit::Verb;
use tombola_store::epochs::{Epoch, Epochs, NewEpoch, Phase, RotateError, Rotated, Rotation};
use tombola_store::{Done, Operation, Result};

use crate::campaigns::next_activation;
use crate::db::{self, Row};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::operations::{self, Change, Deed};
use crate::store::SqlStore;
use crate::writer::Write;

#[async_trait]
impl Epochs for SqlStore {
    async fn epochs(&self, before: Option<u64>, limit: u32) -> Result<Vec<Epoch>> {
        self.within(async {
            let rows = db::query("SELECT * FROM epochs WHERE $1 IS NULL OR number < $1 ORDER BY number DESC LIMIT $2")
                .bind(before.map(|before| i64::try_from(before).unwrap_or(i64::MAX)))
                .bind(limit)
                .fetch_all(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            rows.iter().map(epoch).collect()
        })
        .await
    }

    async fn epoch(&self, number: u64) -> Result<Option<Epoch>> {
        self.within(async {
            let row = db::query("SELECT * FROM epochs WHERE number = $1")
                .bind(i64::try_from(number).unwrap_or(i64::MAX))
                .fetch_optional(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            row.as_ref().map(epoch).transpose()
        })
        .await
    }

    async fn begin_epochs(&self, [current, announced]: [NewEpoch; 2], at: Timestamp) -> Result<()> {
        self.within(async {
            let mut write = self.writer.begin().await?;
            let (has_current, has_announced) = open_phases(&mut write).await?;
            if !has_current {
                announce(&mut write, &current).await?;
                begin_announced(&mut write, at).await?;
            }
            if !has_announced {
                announce(&mut write, &announced).await?;
            }
            write.commit().await
        })
        .await
    }

    async fn abandon_epochs(
        &self,
        operation: &Operation,
        latest: u64,
        [current, announced]: [NewEpoch; 2],
    ) -> Result<()> {
        let deed = Deed { what: Verb::AbandonEpochs, subject: "epochs", campaign: None };
        self.within(async {
            let mut write = self.writer.begin().await?;
            if self::latest(&mut write).await? != latest {
                return Ok(());
            }
            let before = abandon(&mut write, operation.at).await?;
            announce(&mut write, &current).await?;
            let (epoch, after) = begin_announced(&mut write, operation.at).await?;
            announce(&mut write, &announced).await?;
            let begun = Rotated { epoch, activation: next_activation(&mut write).await? };
            self.driver.make_original(&mut write).await.map_err(unavailable)?;
            operations::record(&mut write, operation, deed, Change { before, after: Some(after) }, &begun).await?;
            write.commit().await
        })
        .await
    }

    async fn rotate_epoch(&self, operation: &Operation, rotation: &Rotation) -> Result<Done<Rotated>, RotateError> {
        let deed = Deed { what: Verb::RotateEpoch, subject: "epochs", campaign: None };
        self.within(async {
            let mut write = self.writer.begin().await?;
            if let Some(result) = operations::replay::<_, RotateError>(&mut write, operation, deed.is_same()).await? {
                return Ok(Done { result, replayed: true });
            }
            end(&mut write, rotation, operation.at).await?;
            let (epoch, commitment) = begin_announced(&mut write, operation.at).await?;
            announce(&mut write, &rotation.next).await?;
            let rotated = Rotated { epoch, activation: next_activation(&mut write).await? };
            let change = Change { before: Some(rotation.secret.commitment()), after: Some(commitment) };
            operations::record(&mut write, operation, deed, change, &rotated).await?;
            write.commit().await?;
            Ok(Done { result: rotated, replayed: false })
        })
        .await
    }

    async fn record_signing_key(&self, key: PublicKey, since: Timestamp) -> Result<()> {
        self.within(async {
            let mut write = self.writer.begin().await?;
            db::query("INSERT INTO signing_keys (key, since) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING")
                .bind(&key.as_bytes()[..])
                .bind(since.as_millis())
                .execute(&mut write)
                .await
                .map_err(unavailable)?;
            write.commit().await
        })
        .await
    }

    async fn signing_keys(&self) -> Result<Vec<(PublicKey, Timestamp)>> {
        self.within(async {
            let rows = db::query("SELECT * FROM signing_keys ORDER BY since, key")
                .fetch_all(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            let key = |row| {
                let fields = Fields { table: "signing_keys", key: "since", row };
                Ok((fields.bytes("key")?, fields.time("since")?))
            };
            rows.iter().map(key).collect()
        })
        .await
    }
}

/// Whether there is a current and an announced epoch.
async fn open_phases(write: &mut Write) -> Result<(bool, bool)> {
    let row = db::query(
        "SELECT count(began_at) > 0 AS has_current, count(began_at) < count(*) AS has_announced
         FROM epochs WHERE ended_at IS NULL",
    )
    .fetch_one(write)
    .await
    .map_err(unavailable)?;
    let fields = fields(&row);
    Ok((fields.get("has_current")?, fields.get("has_announced")?))
}

/// The number of the latest epoch, the announced one included; 0 where there is none.
async fn latest(write: &mut Write) -> Result<u64> {
    let latest: i64 =
        db::query_scalar("SELECT coalesce(max(number), 0) FROM epochs").fetch_one(write).await.map_err(unavailable)?;
    Ok(latest.unsigned_abs())
}

async fn announce(write: &mut Write, new: &NewEpoch) -> Result<()> {
    db::query(
        "INSERT INTO epochs (number, commitment, sealed) SELECT coalesce(max(number), 0) + 1, $1, $2 FROM epochs",
    )
    .bind(&new.commitment.as_bytes()[..])
    .bind(&new.sealed)
    .execute(write)
    .await
    .map_err(unavailable)?;
    Ok(())
}

/// Answers number and commitment of the epoch that is current then.
async fn begin_announced(write: &mut Write, at: Timestamp) -> Result<(u64, Digest)> {
    let row = db::query(
        "UPDATE epochs SET began_at = $1 WHERE began_at IS NULL AND ended_at IS NULL RETURNING number, commitment",
    )
    .bind(at.as_millis())
    .fetch_one(write)
    .await
    .map_err(unavailable)?;
    Ok((fields(&row).count("number")?, fields(&row).digest("commitment")?))
}

/// Ends what has not ended, without its secrets. Answers the commitment of the epoch that was current, if one was.
async fn abandon(write: &mut Write, at: Timestamp) -> Result<Option<Digest>> {
    let rows =
        db::query("UPDATE epochs SET ended_at = $1 WHERE ended_at IS NULL RETURNING number, commitment, began_at")
            .bind(at.as_millis())
            .fetch_all(write)
            .await
            .map_err(unavailable)?;
    for row in &rows {
        if fields(row).optional_time("began_at")?.is_some() {
            return fields(row).digest("commitment").map(Some);
        }
    }
    Ok(None)
}

async fn end(write: &mut Write, rotation: &Rotation, at: Timestamp) -> Result<(), RotateError> {
    let ended = db::query(
        "UPDATE epochs SET ended_at = $1, secret = $2 WHERE number = $3 AND began_at IS NOT NULL AND ended_at IS NULL",
    )
    .bind(at.as_millis())
    .bind(&rotation.secret.as_bytes()[..])
    .bind(integer(rotation.ends))
    .execute(write)
    .await
    .map_err(unavailable)?;
    if ended.rows_affected() == 0 { Err(RotateError::NotCurrent) } else { Ok(()) }
}

fn fields(row: &Row) -> Fields<'_> {
    Fields { table: "epochs", key: "number", row }
}

fn epoch(row: &Row) -> Result<Epoch> {
    let fields = fields(row);
    Ok(Epoch {
        number: fields.count("number")?,
        commitment: fields.digest("commitment")?,
        sealed: fields.get("sealed")?,
        phase: phase(&fields)?,
    })
}

fn phase(fields: &Fields<'_>) -> Result<Phase> {
    let secret: Option<&[u8]> = fields.get("secret")?;
    let times = (fields.optional_time("began_at")?, fields.optional_time("ended_at")?);
    Ok(match (times, secret) {
        ((None, None), _) => Phase::Announced,
        ((Some(began_at), None), _) => Phase::Current { began_at },
        ((Some(began_at), Some(ended_at)), Some(secret)) => {
            let secret: [u8; 32] = secret.try_into().map_err(|error| fields.wrong("secret", &error))?;
            Phase::Ended { began_at, ended_at, secret: Secret::from_bytes(secret) }
        }
        ((began_at, Some(ended_at)), _) => Phase::Abandoned { began_at, ended_at },
    })
}
