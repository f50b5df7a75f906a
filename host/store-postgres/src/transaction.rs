//! Write transactions: one at a time, of one host, with an outcome that is always known in the end.

use sqlx::Row;
use sqlx::postgres::PgConnection;
use tombola_store_sql::db::Failure;
use tombola_store_sql::{Committer, Ended, Outcome};

use crate::server::{Purpose, Server, raw};

/// Whose a write is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writes {
    /// The host's that has the database. They are numbered, and nobody else's are: so the number says whether one was committed.
    OfTheHost,
    /// Of somebody who works beside the host, under its fence.
    Beside,
}

/// Begins, and locks the committer's row; `None` where the fence is another one by now. One call to the server.
pub(crate) async fn begin(
    server: &Server,
    connection: &mut PgConnection,
    fence: i64,
    writes: Writes,
) -> Result<Option<Committer>, sqlx::Error> {
    let begin = server.begin(Purpose::Write);
    let number = match writes {
        Writes::OfTheHost => "write + 1",
        Writes::Beside => "write",
    };
    let row = raw(format!(
        "{begin} UPDATE committer SET write = {number} WHERE fence = {fence} RETURNING activation, position, write"
    ));
    let Some(row) = row.fetch_optional(connection).await? else { return Ok(None) };
    let count =
        |column| u64::try_from(row.try_get::<i64, _>(column)?).map_err(|error| sqlx::Error::Decode(error.into()));
    Ok(Some(Committer { activation: count("activation")?, position: count("position")?, write: row.try_get("write")? }))
}

/// Makes a transaction durable. Where the connection is lost meanwhile, its outcome is looked for on another one before anything is
/// said, if it has a number of its own: `connection` is of no use any more then.
pub(crate) async fn commit(
    server: &Server,
    connection: &mut PgConnection,
    fence: i64,
    (writes, write): (Writes, i64),
) -> Ended {
    let Err(error) = commit_once(connection).await else { return Ended { outcome: Outcome::Committed, error: None } };
    let outcome = match Failure::of(&error) {
        Failure::Undone | Failure::Disk => Outcome::Undone,
        Failure::Full => Outcome::Full,
        Failure::Lost => {
            let outcome = match writes {
                Writes::OfTheHost => resolve(server, fence, write).await,
                Writes::Beside => Outcome::Unknown,
            };
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                ?outcome,
                "the connection was lost during a commit"
            );
            outcome
        }
    };
    Ended { outcome, error: Some(error) }
}

/// To a transaction in which a statement failed, the server answers that it was committed, in other words: so it is first asked
/// something, which it then refuses.
pub(crate) async fn commit_once(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("SELECT 1; COMMIT").execute(connection).await.map(drop)
}

/// Finds out what came of a write of the host's, however often the connection is lost and however long the server is away: nothing can
/// be written meanwhile in any case.
async fn resolve(server: &Server, fence: i64, write: i64) -> Outcome {
    for tries in 0_u32.. {
        let mut connection = server.reconnect(Purpose::Write).await;
        match look(server, &mut connection).await {
            Ok((found, _)) if found != fence => return Outcome::Fenced,
            Ok((_, latest)) if latest >= write => return Outcome::Committed,
            Ok(_) => return Outcome::Undone,
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "what came of a commit is not known yet");
            }
        }
        server.pause(tries).await;
    }
    unreachable!("tries are not counted that far")
}

/// The fence and the latest write. Whatever is still being committed holds the row, and is waited for; and since this is a write
/// of its own, which comes after it, what is found is as durable as any write.
async fn look(server: &Server, connection: &mut PgConnection) -> Result<(i64, i64), sqlx::Error> {
    let begin = server.begin(Purpose::Write);
    let row = raw(format!("{begin} UPDATE committer SET fence = fence RETURNING fence, write"));
    let row = row.fetch_one(&mut *connection).await?;
    commit_once(connection).await?;
    Ok((row.try_get("fence")?, row.try_get("write")?))
}

/// Raises the fence: from now on no other host can commit.
pub(crate) async fn take_over(server: &Server, connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    let begin = server.begin(Purpose::Write);
    let row = raw(format!("{begin} UPDATE committer SET fence = fence + 1 RETURNING fence"));
    let row = row.fetch_one(&mut *connection).await?;
    commit_once(connection).await?;
    row.try_get("fence")
}

#[cfg(test)]
mod tests;
