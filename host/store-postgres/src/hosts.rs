//! The rows of hosts: how one comes, and how it goes.
//!
//! Whatever decides whether a host may write holds the committer's row meanwhile, as every write does. So who is being fenced has
//! either committed or will not.

use sqlx::Row as _;
use sqlx::postgres::{PgConnection, PgRow};
use tombola_domain::digest::Digest;
use tombola_domain::id::IdError;
use tombola_domain::time::Timestamp;
use tombola_store::hosts::{Host, ParseStateError, Upcoming};
use tombola_store_sql::db::{self, Connection, Row};

use crate::driver::begin_here;
use crate::server::{Purpose, Server, raw};
use crate::settings::Settings;
use crate::transaction::commit_once;

/// The states in which a host may write.
pub(crate) const LIVING: &str = "('starting', 'serving')";

/// Rows of hosts that are gone are kept for people to look at: as many as come and go in some days of trouble.
const GONE_MAX: i64 = 100;

/// Gives a host a row, and answers its number. The fence that it raises is the only one that a program of a version knows that served a
/// database alone: such a one can commit nothing from then on.
pub(crate) async fn join(
    server: &Server,
    connection: &mut PgConnection,
    settings: &Settings,
) -> Result<i64, sqlx::Error> {
    let begin = server.begin(Purpose::Write);
    let raised = raw(format!("{begin} UPDATE committer SET fence = fence + 1 RETURNING fence"));
    let number: i64 = raised.fetch_one(&mut *connection).await?.try_get("fence")?;
    let row = sqlx::query("INSERT INTO hosts (number, name, state) VALUES ($1, $2, 'starting')");
    row.bind(number).bind(&settings.name).persistent(false).execute(&mut *connection).await?;
    let pulse = sqlx::query("INSERT INTO pulses (host, seen_at, activation) SELECT $1, $2, activation FROM committer");
    pulse.bind(number).bind(server.now_ms()).persistent(false).execute(&mut *connection).await?;
    let old = format!("DELETE FROM hosts WHERE number < {number} - {GONE_MAX} AND state NOT IN {LIVING}");
    let rest = format!("{}; {}; {old}", begin_here(), abandon());
    raw(rest).execute(&mut *connection).await?;
    commit_once(connection).await?;
    Ok(number)
}

/// What ends a host's life, in one transaction and one call to the server: it goes into `state`, if it lives and `if_so`.
pub(crate) fn end(server: &Server, number: i64, state: &str, if_so: &str) -> String {
    let ending = ending(server, &format!("'{state}' WHERE number = {number} AND state IN {LIVING} AND {if_so}"));
    format!("{ending}; COMMIT")
}

/// What ends a preparation, in the same way: who serves and has not made ready what `host` asked for is fenced. One that was itself
/// fenced meanwhile fences nobody.
pub(crate) fn end_preparation(server: &Server, host: i64, preparation: i64) -> String {
    let ending = ending(
        server,
        &format!(
            "'fenced' WHERE state = 'serving' AND number <> {host}
             AND EXISTS (SELECT FROM hosts WHERE number = {host} AND state IN {LIVING})
             AND EXISTS (SELECT FROM preparations WHERE number = {preparation})
             AND number NOT IN (SELECT host FROM prepared WHERE preparation = {preparation})"
        ),
    );
    format!("{ending}; DELETE FROM preparations WHERE number = {preparation}; COMMIT")
}

fn ending(server: &Server, change: &str) -> String {
    let begin = server.begin(Purpose::Write);
    let abandon = abandon();
    format!("{begin} SELECT FROM committer FOR UPDATE; UPDATE hosts SET state = {change} RETURNING number; {abandon}")
}

/// Whose lives have ended, by the rows that came of it.
pub(crate) fn fenced(rows: &[PgRow]) -> Vec<u64> {
    let number = |row: &PgRow| row.try_get::<i64, _>("number").ok().map(i64::unsigned_abs);
    rows.iter().filter_map(number).collect()
}

/// Whether a host may write.
pub(crate) async fn lives(reader: &mut Connection, number: i64) -> Result<bool, sqlx::Error> {
    let lives = "SELECT EXISTS (SELECT 1 FROM hosts WHERE number = $1 AND state IN ('starting', 'serving'))";
    db::query_scalar(lives).bind(number).fetch_one(reader).await
}

/// What nobody who lives was staging or asking for will never be finished, and what nobody who lives has claimed will never be ended:
/// these tasks are due again, ahead of all that came later. Who claims is called as in [`tombola_store::hosts::owner`].
fn abandon() -> String {
    let living = format!("SELECT number FROM tombola.hosts WHERE state IN {LIVING}");
    let staging = format!("state = 'staging' AND (host IS NULL OR host NOT IN ({living}))");
    format!(
        "UPDATE tombola.list_generations SET state = 'garbage' WHERE {staging};
         UPDATE tombola.code_loads SET state = 'garbage' WHERE {staging};
         UPDATE tombola.tasks SET due = since, owner = NULL WHERE due <> since AND owner IS NOT NULL
            AND owner NOT IN (SELECT 'host-' || number FROM ({living}) living);
         DELETE FROM tombola.preparations WHERE host NOT IN ({living})"
    )
}

/// What a row says.
pub(crate) fn host(row: &Row) -> Result<Host, sqlx::Error> {
    let state: String = row.try_get("state")?;
    Ok(Host {
        number: count(row, "number")?,
        name: row.try_get("name")?,
        state: state.parse().map_err(|error: ParseStateError| sqlx::Error::Decode(error.into()))?,
        activation: count(row, "activation")?,
        seen_at: Some(Timestamp::from_millis(row.try_get("seen_at")?)),
    })
}

/// What a row says that was asked for.
pub(crate) fn preparation(row: &Row) -> Result<(u64, Upcoming), sqlx::Error> {
    let campaign: String = row.try_get("campaign")?;
    let digest: Vec<u8> = row.try_get("digest")?;
    let digest: [u8; 32] = digest.try_into().map_err(|_| sqlx::Error::Decode("a digest has 32 bytes".into()))?;
    let upcoming = Upcoming {
        campaign: campaign.parse().map_err(|error: IdError| sqlx::Error::Decode(error.into()))?,
        digest: Digest::from_bytes(digest),
        document: row.try_get("document")?,
    };
    Ok((count(row, "number")?, upcoming))
}

pub(crate) fn count(row: &Row, column: &'static str) -> Result<u64, sqlx::Error> {
    u64::try_from(row.try_get::<i64, _>(column)?).map_err(|error| sqlx::Error::Decode(error.into()))
}
