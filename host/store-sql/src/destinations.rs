use async_trait::async_trait;
use tombola_domain::id::DestinationName;
use tombola_store::audit::Verb;
use tombola_store::destinations::{
    DESTINATIONS_MAX, Destination, DestinationError, Destinations, Limits, NewDestination,
};
use tombola_store::{Done, Operation, Result};

use crate::db::{self, Connection, Row};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::operations::{self, Change, Deed};
use crate::store::SqlStore;
use crate::writer::Write;

#[async_trait]
impl Destinations for SqlStore {
    async fn put_destination(
        &self,
        operation: &Operation,
        new: &NewDestination,
    ) -> Result<Done<u64>, DestinationError> {
        let deed = Deed { what: Verb::PutDestination, subject: new.name.as_str(), campaign: None };
        self.within(async {
            let mut write = self.writer.begin().await?;
            let replayed = operations::replay::<_, DestinationError>(&mut write, operation, deed.is_same()).await?;
            if let Some(result) = replayed {
                return Ok(Done { result, replayed: true });
            }
            let before = find(&mut write, &new.name).await?;
            if before.is_none() && count(&mut write).await? >= DESTINATIONS_MAX {
                return Err(DestinationError::TooMany);
            }
            let kept = new.sealed.clone().or_else(|| before.as_ref().map(|before| before.sealed.clone()));
            let after = Destination {
                name: new.name.clone(),
                url: new.url.clone(),
                sealed: kept.ok_or(DestinationError::NoSecret)?,
                limits: new.limits,
                version: before.as_ref().map_or(0, |before| before.version) + 1,
                changed_at: operation.at,
            };
            set(&mut write, &after).await?;
            let change = Change { before: before.map(|before| before.description()), after: Some(after.description()) };
            operations::record(&mut write, operation, deed, change, &after.version).await?;
            write.commit().await?;
            Ok(Done { result: after.version, replayed: false })
        })
        .await
    }

    async fn destination(&self, name: &DestinationName) -> Result<Option<Destination>> {
        self.within(async { find(&mut *self.readers.reader().await?, name).await }).await
    }

    async fn destinations(&self, after: Option<&DestinationName>, limit: u32) -> Result<Vec<Destination>> {
        self.within(async {
            let rows = db::query("SELECT * FROM destinations WHERE $1 IS NULL OR name > $1 ORDER BY name LIMIT $2")
                .bind(after.map(DestinationName::as_str))
                .bind(limit)
                .fetch_all(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            rows.iter().map(destination).collect()
        })
        .await
    }
}

async fn find(connection: &mut Connection, name: &DestinationName) -> Result<Option<Destination>> {
    let row = db::query("SELECT * FROM destinations WHERE name = $1")
        .bind(name.as_str())
        .fetch_optional(connection)
        .await
        .map_err(unavailable)?;
    row.as_ref().map(destination).transpose()
}

async fn count(write: &mut Write) -> Result<u64> {
    let count: i64 =
        db::query_scalar("SELECT count(*) FROM destinations").fetch_one(write).await.map_err(unavailable)?;
    Ok(count.unsigned_abs())
}

async fn set(write: &mut Write, destination: &Destination) -> Result<()> {
    let Destination { name, url, sealed, limits, version, changed_at } = destination;
    db::query(
        "INSERT INTO destinations (name, url, sealed, connect_ms, call_ms, calls, version, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (name) DO UPDATE SET url = excluded.url, sealed = excluded.sealed,
            connect_ms = excluded.connect_ms, call_ms = excluded.call_ms, calls = excluded.calls,
            version = excluded.version, changed_at = excluded.changed_at",
    )
    .bind(name.as_str())
    .bind(url)
    .bind(sealed)
    .bind(limits.connect_ms)
    .bind(limits.call_ms)
    .bind(limits.calls)
    .bind(integer(*version))
    .bind(changed_at.as_millis())
    .execute(write)
    .await
    .map_err(unavailable)?;
    Ok(())
}

fn destination(row: &Row) -> Result<Destination> {
    let fields = Fields { table: "destinations", key: "name", row };
    let small = |column| fields.small(column).map(i32::unsigned_abs);
    Ok(Destination {
        name: fields.parsed("name")?,
        url: fields.text("url")?,
        sealed: fields.get("sealed")?,
        limits: Limits { connect_ms: small("connect_ms")?, call_ms: small("call_ms")?, calls: small("calls")? },
        version: fields.count("version")?,
        changed_at: fields.time("changed_at")?,
    })
}
