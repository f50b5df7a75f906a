//! Deletes codes that nobody can get any more.

use tombola_domain::time::Timestamp;
use tombola_store::Result;

use crate::db;
use crate::error::unavailable;
use crate::store::SqlStore;

/// Of one load after another what was withdrawn or staged in vain; then what has expired.
pub(super) async fn step(store: &SqlStore, now: Timestamp, limit: u32) -> Result<bool> {
    const NEXT: &str = "
        SELECT number, true AS is_garbage FROM code_loads WHERE state = 'garbage'
        UNION ALL
        SELECT number, false FROM code_loads l WHERE state = 'current' AND free > 0
           AND EXISTS (SELECT 1 FROM codes WHERE load = l.number AND award IS NULL AND expires_at <= $1)
        LIMIT 1";
    let next = db::query(NEXT).bind(now.as_millis()).fetch_optional(&mut *store.readers.reader().await?).await;
    let Some(row) = next.map_err(unavailable)? else { return Ok(false) };
    let (load, is_garbage): (i64, bool) = (row.try_get(0).map_err(unavailable)?, row.try_get(1).map_err(unavailable)?);
    if is_garbage { garbage(store, load, limit).await } else { expired(store, load, now, limit).await }?;
    Ok(true)
}

/// Codes of the load that awards have stay.
async fn garbage(store: &SqlStore, load: i64, limit: u32) -> Result<()> {
    let mut write = store.writer.begin().await?;
    let deleted = db::query(
        "DELETE FROM codes WHERE number IN (SELECT number FROM codes WHERE load = $1 AND award IS NULL LIMIT $2)",
    )
    .bind(load)
    .bind(limit)
    .execute(&mut write)
    .await
    .map_err(unavailable)?;
    if deleted.rows_affected() < u64::from(limit) {
        db::query("DELETE FROM code_loads WHERE number = $1 AND state = 'garbage'")
            .bind(load)
            .execute(&mut write)
            .await
            .map_err(unavailable)?;
    }
    write.commit().await
}

async fn expired(store: &SqlStore, load: i64, now: Timestamp, limit: u32) -> Result<()> {
    let mut write = store.writer.begin().await?;
    // It may have been withdrawn meanwhile, and is garbage then.
    let deleted = db::query(
        "DELETE FROM codes WHERE number IN (
             SELECT c.number FROM code_loads l JOIN codes c ON c.load = l.number
             WHERE l.number = $1 AND l.state = 'current' AND c.award IS NULL AND c.expires_at <= $2 LIMIT $3)",
    )
    .bind(load)
    .bind(now.as_millis())
    .bind(limit)
    .execute(&mut write)
    .await
    .map_err(unavailable)?;
    db::query(
        "UPDATE code_pools SET free = free - $2, expired = expired + $2
         WHERE number = (SELECT pool FROM code_loads WHERE number = $1);
         UPDATE code_loads SET free = free - $2 WHERE number = $1",
    )
    .bind(load)
    .bind(i64::try_from(deleted.rows_affected()).unwrap_or(i64::MAX))
    .execute(&mut write)
    .await
    .map_err(unavailable)?;
    write.commit().await
}
