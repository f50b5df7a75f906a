//! The digests of lists that an older program made, computed once when the database is brought up to date.

use sqlx::{Row, SqliteConnection};
use tombola_domain::id::PlayerId;
use tombola_domain::list_digest::ListDigest;

/// Players that are read at once.
const CHUNK_PLAYERS: i64 = 10_000;

/// Fills in what is missing.
pub(super) async fn fill(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let missing: Vec<i64> =
        sqlx::query_scalar("SELECT generation FROM lists WHERE digest IS NULL").fetch_all(&mut *connection).await?;
    for generation in missing {
        let digest = sum(connection, generation).await?.digest();
        sqlx::query("UPDATE lists SET digest = ? WHERE generation = ?")
            .bind(&digest.as_bytes()[..])
            .bind(generation)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn sum(connection: &mut SqliteConnection, generation: i64) -> Result<ListDigest, sqlx::Error> {
    let (mut digest, mut after) = (ListDigest::default(), String::new());
    loop {
        let rows =
            sqlx::query("SELECT player FROM list_members WHERE generation = ? AND player > ? ORDER BY player LIMIT ?")
                .bind(generation)
                .bind(&after)
                .bind(CHUNK_PLAYERS)
                .fetch_all(&mut *connection)
                .await?;
        let Some(last) = rows.last() else { return Ok(digest) };
        after = last.try_get(0)?;
        for row in &rows {
            let player: PlayerId =
                row.try_get::<&str, _>(0)?.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
            digest = digest + ListDigest::of(&player);
        }
    }
}
