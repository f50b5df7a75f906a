//! Loads: codes that are staged in short transactions and come into their pool at once.

use std::collections::HashSet;

use tombola_domain::code::CouponCode;
use tombola_domain::id::CodePoolName;
use tombola_domain::time::Timestamp;
use tombola_store::codes::{CodesError, LOADS_MAX, Load, NewCode};
use tombola_store::{Result, StoreError};

use crate::db;
use crate::driver::Staged;
use crate::error::{Unavailable, unavailable};
use crate::fields::{Fields, integer};
use crate::store::SqlStore;
use crate::writer::Write;

/// Codes a transaction: few enough that draws hardly wait for one.
const CHUNK_CODES: usize = 2_000;

pub(super) async fn begin(store: &SqlStore, pool: &CodePoolName) -> Result<Load, CodesError> {
    let mut write = store.writer.begin().await?;
    let found = db::query(
        "SELECT number, (SELECT count(*) FROM code_loads
                         WHERE pool = code_pools.number AND state = 'current' AND free > 0) AS loads
         FROM code_pools WHERE name = $1",
    )
    .bind(pool.as_str())
    .fetch_optional(&mut write)
    .await
    .map_err(unavailable)?;
    let row = found.ok_or(CodesError::UnknownPool)?;
    let fields = Fields { table: "code_pools", key: "number", row: &row };
    if fields.count("loads")? >= LOADS_MAX {
        return Err(CodesError::TooManyLoads);
    }
    let pool_number = integer(fields.count("number")?);
    // What one load has staged would keep another from having it. The later one is meant.
    db::query("UPDATE code_loads SET state = 'garbage' WHERE pool = $1 AND state = 'staging'")
        .bind(pool_number)
        .execute(&mut write)
        .await
        .map_err(unavailable)?;
    let row = db::query("INSERT INTO code_loads (pool, state) VALUES ($1, 'staging') RETURNING number")
        .bind(pool_number)
        .fetch_one(&mut write)
        .await
        .map_err(unavailable)?;
    let number = Fields { table: "code_loads", key: "number", row: &row }.count("number")?;
    write.note_staged(Staged::Codes(number)).await?;
    write.commit().await?;
    Ok(Load { number, pool: pool.clone(), loaded: 0, skipped: 0 })
}

pub(super) async fn add(store: &SqlStore, load: &mut Load, codes: &[NewCode]) -> Result<()> {
    for chunk in codes.chunks(CHUNK_CODES) {
        let rows = rows(chunk);
        let mut write = store.writer.begin().await?;
        // What a load left behind that came to nothing is taken over: nobody has it.
        let added = db::query(
            "INSERT INTO codes (pool, code, load, expires_at)
             SELECT l.pool, q.value ->> 0, l.number, CAST(q.value ->> 1 AS BIGINT)
             FROM code_loads l, json_each($2) q WHERE l.number = $1 AND l.state = 'staging' ORDER BY q.key
             ON CONFLICT (pool, code) DO UPDATE SET load = excluded.load, expires_at = excluded.expires_at
             WHERE codes.award IS NULL AND codes.load IN (SELECT number FROM code_loads WHERE state = 'garbage')",
        )
        .bind(integer(load.number))
        .bind(rows)
        .execute(&mut write)
        .await
        .map_err(unavailable)?;
        write.commit().await?;
        load.loaded += added.rows_affected();
        load.skipped += chunk.len() as u64 - added.rows_affected();
    }
    Ok(())
}

fn rows(codes: &[NewCode]) -> String {
    let row = |code: &NewCode| {
        let NewCode { code, expires_at } = code;
        (CouponCode::reveal(code).to_owned(), expires_at.map_or(i64::MAX, Timestamp::as_millis))
    };
    // A code that comes twice counts once.
    let mut seen = HashSet::with_capacity(codes.len());
    let rows: Vec<_> = codes.iter().filter(|new| seen.insert(&new.code)).map(row).collect();
    serde_json::to_string(&rows).expect("texts and integers are JSON")
}

/// Puts what was staged into the pool. The transaction goes on.
pub(super) async fn take(write: &mut Write, load: &Load) -> Result<(), StoreError> {
    let taken = db::query("UPDATE code_loads SET state = 'current', free = $1 WHERE number = $2 AND state = 'staging'")
        .bind(integer(load.loaded))
        .bind(integer(load.number))
        .execute(write)
        .await
        .map_err(unavailable)?;
    if taken.rows_affected() == 1 { Ok(()) } else { Err(Unavailable::Staging.into()) }
}

pub(super) async fn abandon(store: &SqlStore, load: &Load) -> Result<()> {
    let mut write = store.writer.begin().await?;
    // One that was taken up is not abandoned any more, also where its taker did not get to know.
    db::query("UPDATE code_loads SET state = 'garbage' WHERE number = $1 AND state = 'staging'")
        .bind(integer(load.number))
        .execute(&mut write)
        .await
        .map_err(unavailable)?;
    write.commit().await
}
