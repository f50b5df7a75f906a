use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use sqlx::postgres::PgRow;
use tokio::sync::Mutex;
use tombola_store::hosts::{Host, Hosts, Upcoming};
use tombola_store::{Result, StoreError};
use tombola_store_sql::db::{self, Connection, Query, Row};

use crate::hosts::{self, LIVING};
use crate::server::{Purpose, Server, raw};

/// All hosts of a database, as one of them sees them.
pub(crate) struct Fleet {
    server: Server,
    number: i64,
    leads: AtomicBool,
    /// What gives signs of life, which wait for nothing else.
    pulse: Desk,
    /// What everything else is told and asked on.
    desk: Desk,
}

impl Fleet {
    pub(crate) fn new(server: Server, number: i64) -> Self {
        Self { server, number, leads: AtomicBool::new(false), pulse: Desk::default(), desk: Desk::default() }
    }

    /// Gives a sign of life; `false` where the host lives no more. It is no write, and waits for none, nor for the server's replica: hosts
    /// would take each other for dead once that is back. Nobody misses it after a crash.
    pub(crate) async fn beat(&self) -> Result<bool, sqlx::Error> {
        let beat = db::query(
            "UPDATE pulses SET beat = beat + 1, seen_at = $2
             WHERE host = $1 AND EXISTS (SELECT 1 FROM hosts WHERE number = $1 AND state IN ('starting', 'serving'))
             RETURNING set_config('synchronous_commit', 'off', true), NOT EXISTS (
                 SELECT 1 FROM hosts WHERE number < $1 AND state IN ('starting', 'serving')) AS leads",
        );
        let rows = self.pulse.ask(&self.server, beat.bind(self.number).bind(self.server.now_ms())).await?;
        let Some(row) = rows.first() else { return Ok(false) };
        if row.try_get("leads")? && !self.leads.swap(true, Ordering::Relaxed) {
            tracing::info!(host = self.number, "this host does from now on what one host has to do");
        }
        Ok(true)
    }

    /// The latest beats of all others that live.
    pub(crate) async fn others(&self) -> Result<Vec<(i64, i64)>, sqlx::Error> {
        let others = db::query(
            "SELECT number, beat FROM hosts JOIN pulses ON host = number
             WHERE number <> $1 AND state IN ('starting', 'serving')",
        );
        let rows = self.desk.ask(&self.server, others.bind(self.number)).await?;
        rows.iter().map(|row| Ok((row.try_get("number")?, row.try_get("beat")?))).collect()
    }

    /// Fences a host of which this is the latest beat; `false` where there was another one meanwhile, or this host itself lives no more.
    pub(crate) async fn fence_dead(&self, number: i64, beat: i64) -> Result<bool, sqlx::Error> {
        let is_silent = format!("(SELECT beat FROM pulses WHERE host = {number}) = {beat}");
        let lives = format!("EXISTS (SELECT FROM hosts WHERE number = {} AND state IN {LIVING})", self.number);
        let end = hosts::end(&self.server, number, "fenced", &format!("{is_silent} AND {lives}"));
        let fenced = self.desk.run(&self.server, end).await?;
        Ok(!hosts::fenced(&fenced).is_empty())
    }

    /// Says that this host has ended.
    pub(crate) async fn leave(&self) -> Result<(), sqlx::Error> {
        self.desk.run(&self.server, hosts::end(&self.server, self.number, "ended", "true")).await.map(drop)
    }

    async fn ask(&self, query: Query<'_>) -> Result<Vec<Row>> {
        self.desk.ask(&self.server, query).await.map_err(unavailable)
    }
}

#[async_trait]
impl Hosts for Fleet {
    fn number(&self) -> u64 {
        self.number.unsigned_abs()
    }

    fn leads(&self) -> bool {
        self.leads.load(Ordering::Relaxed)
    }

    async fn begin_serving(&self) -> Result<()> {
        let serving = db::query("UPDATE hosts SET state = 'serving' WHERE number = $1 AND state = 'starting'");
        self.ask(serving.bind(self.number)).await.map(drop)
    }

    async fn note_activation(&self, activation: u64) -> Result<()> {
        let noted = db::query("UPDATE pulses SET activation = $2 WHERE host = $1 AND activation < $2");
        self.ask(noted.bind(self.number).bind(integer(activation))).await.map(drop)
    }

    async fn ask_to_prepare(&self, Upcoming { campaign, digest, document }: &Upcoming) -> Result<Option<u64>> {
        let asked = db::query(
            "INSERT INTO preparations (host, campaign, document, digest)
             SELECT $1, $2, $3, $4 WHERE EXISTS (SELECT 1 FROM hosts WHERE number <> $1 AND state = 'serving')
             RETURNING number",
        );
        let asked = asked.bind(self.number).bind(campaign.as_str()).bind(document).bind(&digest.as_bytes()[..]);
        let rows = self.ask(asked).await?;
        rows.first().map(|row| hosts::count(row, "number")).transpose().map_err(unavailable)
    }

    async fn to_prepare(&self) -> Result<Vec<(u64, Upcoming)>> {
        let asked = db::query(
            "SELECT * FROM preparations p WHERE host <> $1
             AND NOT EXISTS (SELECT 1 FROM prepared WHERE preparation = p.number AND prepared.host = $1)
             ORDER BY number",
        );
        let rows = self.ask(asked.bind(self.number)).await?;
        rows.iter().map(hosts::preparation).collect::<Result<_, _>>().map_err(unavailable)
    }

    async fn note_prepared(&self, preparation: u64) -> Result<()> {
        // It may have been withdrawn meanwhile.
        let noted = db::query(
            "INSERT INTO prepared (preparation, host) SELECT number, $2 FROM preparations WHERE number = $1
             ON CONFLICT (preparation, host) DO NOTHING",
        );
        self.ask(noted.bind(integer(preparation)).bind(self.number)).await.map(drop)
    }

    async fn is_prepared(&self, preparation: u64) -> Result<bool> {
        let late = db::query(
            "SELECT 1 FROM hosts WHERE number <> $2 AND state = 'serving'
             AND number NOT IN (SELECT host FROM prepared WHERE preparation = $1) LIMIT 1",
        );
        Ok(self.ask(late.bind(integer(preparation)).bind(self.number)).await?.is_empty())
    }

    async fn withdraw_preparation(&self, preparation: u64) -> Result<()> {
        let withdrawn = db::query("DELETE FROM preparations WHERE number = $1");
        self.ask(withdrawn.bind(integer(preparation))).await.map(drop)
    }

    async fn end_preparation(&self, preparation: u64) -> Result<Vec<u64>> {
        let end = hosts::end_preparation(&self.server, self.number, integer(preparation));
        let rows = self.desk.run(&self.server, end).await.map_err(unavailable)?;
        Ok(hosts::fenced(&rows))
    }

    async fn is_taken_up(&self, activation: u64) -> Result<bool> {
        let late = db::query(
            "SELECT 1 FROM hosts JOIN pulses ON host = number
             WHERE number <> $2 AND state = 'serving' AND activation < $1 LIMIT 1",
        );
        Ok(self.ask(late.bind(integer(activation)).bind(self.number)).await?.is_empty())
    }

    async fn hosts(&self) -> Result<Vec<Host>> {
        let rows = self.ask(db::query("SELECT * FROM hosts JOIN pulses ON host = number ORDER BY number")).await?;
        rows.iter().map(hosts::host).collect::<Result<_, _>>().map_err(unavailable)
    }
}

/// A connection for single calls, which come one after the other.
#[derive(Default)]
struct Desk(Mutex<Option<Connection>>);

impl Desk {
    async fn ask(&self, server: &Server, query: Query<'_>) -> Result<Vec<Row>, sqlx::Error> {
        let mut desk = self.0.lock().await;
        let mut connection = connection(desk.take(), server).await?;
        let rows = server.within(query.fetch_all(&mut connection)).await?;
        *desk = Some(connection);
        Ok(rows)
    }

    /// Runs a transaction that is begun and ended in the text itself.
    async fn run(&self, server: &Server, transaction: String) -> Result<Vec<PgRow>, sqlx::Error> {
        let mut desk = self.0.lock().await;
        let mut connection = connection(desk.take(), server).await?;
        let to_server = connection.as_postgres().expect("it leads to a server");
        let rows = server.within(raw(transaction).fetch_all(to_server)).await?;
        *desk = Some(connection);
        Ok(rows)
    }
}

/// One on which something failed is not used again: nobody knows what is left of it.
async fn connection(kept: Option<Connection>, server: &Server) -> Result<Connection, sqlx::Error> {
    match kept {
        Some(connection) => Ok(connection),
        None => server.single(Purpose::Write).await,
    }
}

fn unavailable(error: sqlx::Error) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}

fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
