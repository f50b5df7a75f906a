//! Write transactions: one at a time, of all hosts in turn, with an outcome that is always known in the end.

use sqlx::Row;
use sqlx::postgres::PgConnection;
use tombola_domain::causes::Causes;
use tombola_store_sql::db::Failure;
use tombola_store_sql::{Committer, Ended, Outcome};

use crate::hosts::LIVING;
use crate::server::{Purpose, Server, raw};

/// Whose a write is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writes {
    /// The host's own. They are numbered in its row, and nobody else's are: so the number says whether one was committed.
    OfTheHost,
    /// Of somebody who works beside hosts and is none.
    Beside,
}

/// Begins: locks the committer's row, and then looks whether the host may still write; `None` where it may not. One call to the server,
/// and a statement each: one that waits for a lock sees everything but what it waits for as it was when it began.
pub(crate) async fn begin(
    server: &Server,
    connection: &mut PgConnection,
    host: i64,
    writes: Writes,
) -> Result<Option<Committer>, sqlx::Error> {
    let begin = server.begin(Purpose::Write);
    let own = match writes {
        Writes::OfTheHost => {
            format!("UPDATE hosts SET write = write + 1 WHERE number = {host} AND state IN {LIVING} RETURNING write")
        }
        Writes::Beside => "SELECT 0::bigint AS write".to_owned(),
    };
    let rows = raw(format!("{begin} SELECT activation, position FROM committer FOR UPDATE; {own}"));
    let rows = rows.fetch_all(connection).await?;
    let [committer, own] = &rows[..] else { return Ok(None) };
    let count =
        |column| u64::try_from(committer.try_get::<i64, _>(column)?).map_err(|error| sqlx::Error::Decode(error.into()));
    Ok(Some(Committer { activation: count("activation")?, position: count("position")?, write: own.try_get("write")? }))
}

/// Makes a transaction durable. Where the connection is lost meanwhile, its outcome is looked for on another one before anything is
/// said, if it has a number of its own: `connection` is of no use any more then. So it is where the server says nothing: it may wait for
/// its replica, and then whoever looks waits for what is being committed; or it is gone with its machine, and nobody ever hangs up.
pub(crate) async fn commit(
    server: &Server,
    connection: &mut PgConnection,
    host: i64,
    (writes, write): (Writes, i64),
) -> Ended {
    let Err(error) = server.within(commit_once(connection)).await else {
        return Ended { outcome: Outcome::Committed, error: None };
    };
    let outcome = match Failure::of(&error) {
        Failure::Undone | Failure::Disk => Outcome::Undone,
        Failure::Full => Outcome::Full,
        Failure::Lost => {
            let outcome = match writes {
                Writes::OfTheHost => resolve(server, host, write).await,
                Writes::Beside => Outcome::Unknown,
            };
            tracing::warn!(
                error = %Causes(&error),
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

/// Finds out what came of a write of the host's, however often the connection is lost and however long the server is away: this host
/// writes nothing meanwhile in any case.
async fn resolve(server: &Server, host: i64, write: i64) -> Outcome {
    for tries in 0_u32.. {
        let mut connection = server.reconnect(Purpose::Write).await;
        match look(server, &mut connection, host).await {
            Ok(None) => return Outcome::Fenced,
            Ok(Some(latest)) if latest >= write => return Outcome::Committed,
            Ok(Some(_)) => return Outcome::Undone,
            Err(error) => {
                tracing::debug!(error = %Causes(&error), "what came of a commit is not known yet");
            }
        }
        server.pause(tries).await;
    }
    unreachable!("tries are not counted that far")
}

/// The host's latest write, if it may still write. Whatever is still being committed holds the committer's row, and is waited for; and
/// since this is a write of its own, which comes after it, what is found is as durable as any write.
async fn look(server: &Server, connection: &mut PgConnection, host: i64) -> Result<Option<i64>, sqlx::Error> {
    let begin = server.begin(Purpose::Write);
    let rows = raw(format!(
        "{begin} SELECT FROM committer FOR UPDATE;
         UPDATE hosts SET write = write WHERE number = {host} AND state IN {LIVING} RETURNING write"
    ));
    let rows = rows.fetch_all(&mut *connection).await?;
    commit_once(connection).await?;
    rows.get(1).map(|row| row.try_get("write")).transpose()
}

#[cfg(test)]
mod tests;
