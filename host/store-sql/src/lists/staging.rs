//! Generations: contents of lists that are staged in short transactions, take a list's place at once, and are deleted little
//! by little when nothing names them any more.

use tombola_domain::id::{IdError, PlayerId};
use tombola_domain::list_digest::ListDigest;
use tombola_store::lists::Staging;
use tombola_store::{Result, StoreError};

use crate::db;
use crate::driver::Staged;
use crate::error::{Unavailable, unavailable};
use crate::fields::{Fields, integer};
use crate::store::SqlStore;
use crate::writer::Write;

/// Players a transaction: few enough that draws hardly wait for one.
const CHUNK_PLAYERS: usize = 2_000;

/// Makes a generation that was never there before.
pub(super) async fn generation(write: &mut Write, state: &'static str) -> Result<u64> {
    let row = db::query("INSERT INTO list_generations (state) VALUES ($1) RETURNING generation")
        .bind(state)
        .fetch_one(write)
        .await
        .map_err(unavailable)?;
    Fields { table: "list_generations", key: "generation", row: &row }.count("generation")
}

pub(super) async fn begin(store: &SqlStore) -> Result<Staging> {
    let mut write = store.writer.begin().await?;
    let generation = generation(&mut write, "staging").await?;
    write.note_staged(Staged::List(generation)).await?;
    write.commit().await?;
    Ok(Staging { generation, size: 0, digest: ListDigest::default() })
}

pub(super) async fn add(store: &SqlStore, staging: &mut Staging, players: &[PlayerId]) -> Result<()> {
    for chunk in players.chunks(CHUNK_PLAYERS) {
        let mut write = store.writer.begin().await?;
        let added = super::add(&mut write, staging.generation, chunk).await?;
        write.commit().await?;
        staging.size += added.len() as u64;
        // Hashing takes longer than inserting, and nobody waits for it.
        let sum = move || -> Result<ListDigest> {
            added
                .iter()
                .map(|player| player.parse().map(|player| ListDigest::of(&player)).map_err(|error| wrong(&error)))
                .sum()
        };
        staging.digest = staging.digest + tokio::task::spawn_blocking(sum).await.map_err(Unavailable::Task)??;
    }
    Ok(())
}

fn wrong(error: &IdError) -> StoreError {
    let reason = error.to_string();
    StoreError::Corrupt { table: "list_members", column: "player", row: "?".to_owned(), reason }
}

/// Puts a staged generation in the place of the one before. The transaction goes on.
pub(super) async fn take(write: &mut Write, staging: &Staging, before: Option<u64>) -> Result<()> {
    let taken = db::query("UPDATE list_generations SET state = 'current' WHERE generation = $1 AND state = 'staging'")
        .bind(integer(staging.generation))
        .execute(write)
        .await
        .map_err(unavailable)?;
    if taken.rows_affected() != 1 {
        return Err(Unavailable::Staging.into());
    }
    db::query("UPDATE list_generations SET state = 'garbage' WHERE generation = $1")
        .bind(before.map(integer))
        .execute(write)
        .await
        .map_err(unavailable)?;
    Ok(())
}

pub(super) async fn abandon(store: &SqlStore, staging: &Staging) -> Result<()> {
    let mut write = store.writer.begin().await?;
    // One that was taken up is not abandoned any more, also where its taker did not get to know.
    db::query("UPDATE list_generations SET state = 'garbage' WHERE generation = $1 AND state = 'staging'")
        .bind(integer(staging.generation))
        .execute(&mut write)
        .await
        .map_err(unavailable)?;
    write.commit().await
}

pub(super) async fn sweep(store: &SqlStore, limit: u32) -> Result<bool> {
    const GARBAGE: &str = "SELECT min(generation) FROM list_generations WHERE state = 'garbage'";
    let garbage: Option<i64> =
        db::query_scalar(GARBAGE).fetch_one(&mut *store.readers.reader().await?).await.map_err(unavailable)?;
    let Some(generation) = garbage else { return Ok(false) };
    let mut write = store.writer.begin().await?;
    let deleted = db::query(
        "DELETE FROM list_members WHERE generation = $1
         AND player IN (SELECT player FROM list_members WHERE generation = $1 LIMIT $2)",
    )
    .bind(generation)
    .bind(limit)
    .execute(&mut write)
    .await
    .map_err(unavailable)?;
    if deleted.rows_affected() < u64::from(limit) {
        db::query("DELETE FROM list_generations WHERE generation = $1 AND state = 'garbage'")
            .bind(generation)
            .execute(&mut write)
            .await
            .map_err(unavailable)?;
    }
    write.commit().await?;
    Ok(true)
}
