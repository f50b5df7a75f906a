//! The rows of pools.

use std::collections::BTreeSet;

use serde_json::json;
use tombola_domain::id::CodePoolName;
use tombola_domain::stock::Mark;
use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::codes::PoolLevel;

use crate::db::{self, Connection, Row};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::writer::Write;

/// A pool, and how many of its codes have expired that still count as free in its row.
pub(super) struct Kept {
    pub(super) number: u64,
    pub(super) level: PoolLevel,
    lapsed: u64,
}

pub(super) async fn find(connection: &mut Connection, pool: &CodePoolName, now: Timestamp) -> Result<Option<Kept>> {
    let row = db::query(
        "SELECT p.*, (SELECT count(*) FROM code_loads l JOIN codes c ON c.load = l.number
                      WHERE l.pool = p.number AND l.state = 'current' AND l.free > 0
                        AND c.award IS NULL AND c.expires_at <= $2) AS lapsed
         FROM code_pools p WHERE name = $1",
    )
    .bind(pool.as_str())
    .bind(now.as_millis())
    .fetch_optional(connection)
    .await
    .map_err(unavailable)?;
    row.as_ref().map(kept).transpose()
}

pub(super) async fn levels(
    connection: &mut Connection,
    pools: &BTreeSet<CodePoolName>,
    now: Timestamp,
) -> Result<Vec<PoolLevel>> {
    if pools.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<_> = pools.iter().map(CodePoolName::as_str).collect();
    let rows = db::query(
        "SELECT p.*, (SELECT count(*) FROM code_loads l JOIN codes c ON c.load = l.number
                      WHERE l.pool = p.number AND l.state = 'current' AND l.free > 0
                        AND c.award IS NULL AND c.expires_at <= $2) AS lapsed
         FROM json_each($1) q JOIN code_pools p ON p.name = q.atom ORDER BY name",
    )
    .bind(json!(names).to_string())
    .bind(now.as_millis())
    .fetch_all(connection)
    .await
    .map_err(unavailable)?;
    rows.iter().map(|row| Ok(kept(row)?.level)).collect()
}

pub(super) async fn page(
    connection: &mut Connection,
    after: Option<&CodePoolName>,
    limit: u32,
    now: Timestamp,
) -> Result<Vec<PoolLevel>> {
    let rows = db::query(
        "SELECT p.*, (SELECT count(*) FROM code_loads l JOIN codes c ON c.load = l.number
                      WHERE l.pool = p.number AND l.state = 'current' AND l.free > 0
                        AND c.award IS NULL AND c.expires_at <= $3) AS lapsed
         FROM code_pools p WHERE $1 IS NULL OR name > $1 ORDER BY name LIMIT $2",
    )
    .bind(after.map(CodePoolName::as_str))
    .bind(limit)
    .bind(now.as_millis())
    .fetch_all(connection)
    .await
    .map_err(unavailable)?;
    rows.iter().map(|row| Ok(kept(row)?.level)).collect()
}

pub(super) async fn count(write: &mut Write) -> Result<u64> {
    let count: i64 = db::query_scalar("SELECT count(*) FROM code_pools").fetch_one(write).await.map_err(unavailable)?;
    Ok(count.unsigned_abs())
}

pub(super) async fn put(write: &mut Write, pool: &CodePoolName, low_water: u64) -> Result<()> {
    db::query(
        "INSERT INTO code_pools (name, low_water) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET low_water = excluded.low_water",
    )
    .bind(pool.as_str())
    .bind(integer(low_water))
    .execute(write)
    .await
    .map_err(unavailable)?;
    Ok(())
}

/// Puts so many codes into a pool.
pub(super) async fn add(write: &mut Write, pool: u64, codes: u64, mark: Mark) -> Result<()> {
    db::query("UPDATE code_pools SET free = free + $1, mark_version = $2, sold_out = $3 WHERE number = $4")
        .bind(integer(codes))
        .bind(integer(mark.version))
        .bind(mark.sold_out)
        .bind(integer(pool))
        .execute(write)
        .await
        .map_err(unavailable)?;
    Ok(())
}

/// Takes out all that is free. What has expired is not withdrawn.
pub(super) async fn withdraw(write: &mut Write, kept: &Kept) -> Result<()> {
    db::query("UPDATE code_loads SET state = 'garbage', free = 0 WHERE pool = $1 AND state = 'current'")
        .bind(integer(kept.number))
        .execute(write)
        .await
        .map_err(unavailable)?;
    db::query(
        "UPDATE code_pools SET free = 0, expired = expired + $1, withdrawn = withdrawn + $2,
                               mark_version = mark_version + 1
         WHERE number = $3",
    )
    .bind(integer(kept.lapsed))
    .bind(integer(kept.level.free))
    .bind(integer(kept.number))
    .execute(write)
    .await
    .map_err(unavailable)?;
    Ok(())
}

fn kept(row: &Row) -> Result<Kept> {
    let fields = Fields { table: "code_pools", key: "name", row };
    let lapsed = fields.count("lapsed")?;
    let free = fields.count("free")?.checked_sub(lapsed);
    let level = PoolLevel {
        pool: fields.parsed("name")?,
        low_water: fields.count("low_water")?,
        free: free.ok_or_else(|| fields.wrong("free", &"more codes have expired than there are"))?,
        given: fields.count("given")?,
        expired: fields.count("expired")? + lapsed,
        withdrawn: fields.count("withdrawn")?,
        mark: mark(&fields)?,
    };
    Ok(Kept { number: fields.count("number")?, level, lapsed })
}

/// Whether a pool was found empty.
pub(super) fn mark(fields: &Fields<'_>) -> Result<Mark> {
    Ok(Mark { version: fields.count("mark_version")?, sold_out: fields.count("sold_out")? == 1 })
}
