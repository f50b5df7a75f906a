use async_trait::async_trait;
use sqlx::SqliteConnection;
use tombola_store::Result;
use tombola_store::epochs::{Epoch, Epochs};

use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::store::SqliteStore;

#[async_trait]
impl Epochs for SqliteStore {
    async fn epoch(&self) -> Result<Option<Epoch>> {
        self.within(async { latest(&mut *self.readers.reader().await?).await }).await
    }

    async fn begin_first_epoch(&self, epoch: &Epoch) -> Result<Epoch> {
        self.within(async {
            let mut write = self.writer.begin().await?;
            if let Some(begun) = latest(&mut write).await? {
                return Ok(begun);
            }
            sqlx::query("INSERT INTO epochs (number, commitment, sealed, began_at) VALUES (?, ?, ?, ?)")
                .bind(integer(epoch.number))
                .bind(&epoch.commitment.as_bytes()[..])
                .bind(&epoch.sealed)
                .bind(epoch.began_at.as_millis())
                .execute(&mut *write)
                .await
                .map_err(unavailable)?;
            write.commit().await?;
            Ok(epoch.clone())
        })
        .await
    }
}

async fn latest(connection: &mut SqliteConnection) -> Result<Option<Epoch>> {
    let row = sqlx::query("SELECT * FROM epochs ORDER BY number DESC LIMIT 1")
        .fetch_optional(connection)
        .await
        .map_err(unavailable)?;
    let Some(row) = row else { return Ok(None) };
    let fields = Fields { table: "epochs", key: "number", row: &row };
    Ok(Some(Epoch {
        number: fields.count("number")?,
        commitment: fields.digest("commitment")?,
        sealed: fields.get("sealed")?,
        began_at: fields.time("began_at")?,
    }))
}
