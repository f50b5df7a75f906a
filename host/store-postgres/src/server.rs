//! Connections to the server.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions};
use tokio::time::{Instant, timeout};
use tombola_domain::causes::Causes;
use tombola_protection::Backoff;
use tombola_store_sql::db::{Connection, Link};

use crate::settings::Settings;

/// Where all tables are. Nothing else of the database is looked at or touched.
pub(crate) const SCHEMA: &str = "tombola";

/// Between two tries to connect. A server that starts anew is back within a second or so; hosts that wait for one that is away for
/// longer should not keep it busy.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(50), longest: Duration::from_secs(2) };

/// Signs of life on a connection that nothing is sent on: the server gives up a host that vanished, and with it the lock of its
/// transaction, within `KEEPALIVE_IDLE_SECONDS + KEEPALIVE_COUNT * KEEPALIVE_INTERVAL_SECONDS`.
const KEEPALIVE_IDLE_SECONDS: &str = "10";
const KEEPALIVE_INTERVAL_SECONDS: &str = "5";
const KEEPALIVE_COUNT: &str = "3";
/// The same while something is sent, in milliseconds.
const UNACKNOWLEDGED_MS: &str = "20000";

/// How long a transaction that writes may say nothing before the server ends it. Whoever has begun one keeps all hosts from writing,
/// and a host that was stopped in the middle should not do so for longer than a client waits; between two statements of one that runs
/// there are milliseconds.
const SILENCE_MAX: Duration = Duration::from_secs(2);

/// How long a server's replica is waited for on one connection. Whoever waits for it keeps a place on the server, whether anybody still
/// listens or not; there is one of a host at a time.
const SETTLING_MAX: Duration = Duration::from_mins(1);

/// What changes nothing, and is answered when all that was committed before is as safe as the server makes anything.
const SETTLE: &str = "SELECT pg_logical_emit_message(true, 'tombola', '')";

/// Statements that a connection keeps prepared: as many as stand in the program, and some room.
const STATEMENTS_MAX: usize = 512;

/// Ways of going through whole tables, each in the place of one that uses an index. A plan without such an index still has them.
const BY_INDEX: [&str; 4] = ["enable_hashjoin", "enable_mergejoin", "enable_seqscan", "enable_material"];

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Writing: most of it on one connection, one transaction after the other.
    Write,
    /// Statements that change nothing.
    Read,
    /// Bringing the database up to this program's version, which takes as long as it takes.
    Migrate,
}

/// A server, and how it is connected to.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    settings: Settings,
    /// Shared by all of this host's connections: they are lost together.
    next: Arc<Mutex<Next>>,
    /// Held by the one that waits for the server's replica.
    settling: Arc<tokio::sync::Mutex<()>>,
}

/// The next try to connect.
#[derive(Debug)]
struct Next {
    not_before: Instant,
    /// How many failed, one after the other.
    failed: u32,
}

impl Server {
    pub(crate) fn new(settings: Settings) -> Self {
        let next = Next { not_before: Instant::now(), failed: 0 };
        Self { settings, next: Arc::new(Mutex::new(next)), settling: Arc::default() }
    }

    /// Connects, and waits until whatever is seen there stays: see [`settled`](Self::settled). It fails within a call's deadline, and
    /// after tries that failed waits first.
    pub(crate) async fn connect(&self, purpose: Purpose) -> Result<PgConnection, sqlx::Error> {
        self.try_to(async { self.settle(connect(self.options(purpose)).await?).await }).await
    }

    /// The same, for a look at a server that may be of no use.
    pub(crate) async fn reach(&self, purpose: Purpose) -> Result<PgConnection, sqlx::Error> {
        self.try_to(connect(self.options(purpose))).await
    }

    /// Waits until whatever is seen on a connection stays, also if the server's machine is lost and its replica takes its place.
    ///
    /// A commit is seen by others no sooner than the replica has it, with one exception: a server that crashed while it waited for that
    /// shows it as soon as it is back. What it has was committed before this, so that the replica has all of it once it has this.
    pub(crate) async fn settled(&self, connection: PgConnection) -> Result<PgConnection, sqlx::Error> {
        self.within(self.settle(connection)).await
    }

    async fn settle(&self, mut connection: PgConnection) -> Result<PgConnection, sqlx::Error> {
        let turn = Arc::clone(&self.settling).lock_owned().await;
        // It goes on though nobody waits for it: the server would not learn of that.
        let settling = tokio::spawn(async move {
            let settled = timeout(SETTLING_MAX, raw(SETTLE.to_owned()).execute(&mut connection)).await;
            drop(turn);
            settled.unwrap_or_else(|_| Err(timed_out())).map(|_| connection)
        });
        settling.await.unwrap_or_else(|error| Err(sqlx::Error::Io(std::io::Error::other(error))))
    }

    /// Waits for it no longer than a call may take.
    pub(crate) async fn within<T>(
        &self,
        call: impl Future<Output = Result<T, sqlx::Error>> + Send,
    ) -> Result<T, sqlx::Error> {
        timeout(self.deadline(), call).await.unwrap_or_else(|_| Err(timed_out()))
    }

    async fn try_to(
        &self,
        connect: impl Future<Output = Result<PgConnection, sqlx::Error>> + Send,
    ) -> Result<PgConnection, sqlx::Error> {
        let not_before = self.next().not_before;
        tokio::time::sleep_until(not_before).await;
        let connected = self.within(connect).await;
        let mut next = self.next();
        if connected.is_ok() {
            next.failed = 0;
        } else {
            next.not_before = Instant::now() + BACKOFF.wait(next.failed, self.settings.seed.rotate_left(next.failed));
            next.failed = next.failed.saturating_add(1);
        }
        connected
    }

    /// A connection for transactions that are begun by whoever asks.
    pub(crate) fn for_transactions(&self, connection: PgConnection) -> Connection {
        if self.settings.pooled { Link::nameless(connection).into() } else { connection.into() }
    }

    /// A connection for single statements that change nothing.
    pub(crate) async fn reader(&self) -> Result<Connection, sqlx::Error> {
        self.single(Purpose::Read).await
    }

    /// A connection for single statements, each a transaction of its own.
    pub(crate) async fn single(&self, purpose: Purpose) -> Result<Connection, sqlx::Error> {
        let connection = self.connect(purpose).await?;
        let is_pooled = self.is_pooled(purpose);
        Ok(if is_pooled { Link::pooled(connection, self.begin(purpose)).into() } else { connection.into() })
    }

    /// Connects as soon as that is possible. It goes on for ever; the caller bounds it.
    pub(crate) async fn reconnect(&self, purpose: Purpose) -> PgConnection {
        loop {
            match self.connect(purpose).await {
                Ok(connection) => return connection,
                Err(error) => tracing::debug!(error = %Causes(&error), "no connection yet"),
            }
        }
    }

    /// How long a call may take.
    pub(crate) fn deadline(&self) -> Duration {
        self.settings.deadline
    }

    /// What clock the host goes by, for people.
    pub(crate) fn now_ms(&self) -> i64 {
        (self.settings.now_ms)()
    }

    /// Waits after so many tries of something that failed, of which the first counts as 0.
    pub(crate) async fn pause(&self, tries: u32) {
        tokio::time::sleep(BACKOFF.wait(tries, self.settings.seed.rotate_left(tries))).await;
    }

    fn next(&self) -> MutexGuard<'_, Next> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether what holds for a connection has to be said in each transaction. What is migrated needs one connection throughout.
    fn is_pooled(&self, purpose: Purpose) -> bool {
        self.settings.pooled && purpose != Purpose::Migrate
    }

    /// What begins a transaction for this purpose. Beside a pooler that includes what otherwise holds for the connection.
    pub(crate) fn begin(&self, purpose: Purpose) -> String {
        let mode = if purpose == Purpose::Read {
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
        } else {
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
        };
        let mut begin = mode.to_owned();
        if self.is_pooled(purpose) {
            for (name, value) in self.session(purpose) {
                begin.extend([" SET LOCAL ", name, " = '", &value, "';"]);
            }
        }
        begin
    }

    /// How to connect for this purpose.
    pub(crate) fn options(&self, purpose: Purpose) -> PgConnectOptions {
        let options = self.settings.options.clone().disable_statement_logging();
        let name = self.settings.options.get_application_name().unwrap_or("tombola");
        let options = options.application_name(name);
        if self.is_pooled(purpose) {
            // A pooler refuses at the start what it does not know.
            options.statement_cache_capacity(0).extra_float_digits(None)
        } else {
            options.statement_cache_capacity(STATEMENTS_MAX).options(self.session(purpose))
        }
    }

    /// What holds for a connection.
    fn session(&self, purpose: Purpose) -> Vec<(&'static str, String)> {
        let millis = |duration: Duration| duration.as_millis().to_string();
        let Settings { deadline, list_deadline, .. } = self.settings;
        let (statement, lock, silence) = match purpose {
            Purpose::Read => (deadline, deadline, deadline),
            Purpose::Write => (list_deadline, deadline, SILENCE_MAX),
            Purpose::Migrate => (Duration::ZERO, Duration::ZERO, deadline),
        };
        let mut session = vec![
            ("search_path", SCHEMA.to_owned()),
            ("statement_timeout", millis(statement)),
            ("lock_timeout", millis(lock)),
            ("idle_in_transaction_session_timeout", millis(silence)),
            // Statements are short, and what a compiler costs is more than they do.
            ("jit", "off".to_owned()),
        ];
        if purpose != Purpose::Migrate {
            // The server keeps a plan that it made while tables were small until it has counted their rows, which it does once a minute
            // at most. By an index what is joined is found soon however many there are by then; by going through a table it is not, nor
            // by going again and again through what was once read of it.
            session.extend(BY_INDEX.map(|name| (name, "off".to_owned())));
        }
        if !self.is_pooled(purpose) {
            // What is sent to a pooler is the pooler's business.
            session.extend([
                ("tcp_keepalives_idle", KEEPALIVE_IDLE_SECONDS.to_owned()),
                ("tcp_keepalives_interval", KEEPALIVE_INTERVAL_SECONDS.to_owned()),
                ("tcp_keepalives_count", KEEPALIVE_COUNT.to_owned()),
                ("tcp_user_timeout", UNACKNOWLEDGED_MS.to_owned()),
            ]);
        }
        session
    }
}

/// A future of the driver's. Boxed, since the compiler can't see through its own type that it may move between threads.
pub(crate) type Boxed<'a, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>>;

fn connect(options: PgConnectOptions) -> Boxed<'static, PgConnection, sqlx::Error> {
    Box::pin(async move { options.connect().await })
}

/// What is said of a server that says nothing. The connection is of no use any more.
fn timed_out() -> sqlx::Error {
    sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())
}

/// A statement, or several, that this program made of its own words and numbers.
pub(crate) fn raw(sql: String) -> sqlx::RawSql {
    sqlx::raw_sql(AssertSqlSafe(sql))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_could_not_connect_waits_before_the_next_try() {
        let server = Server::new(Settings::new("postgres://nobody@127.0.0.1:1/none").unwrap());
        for failed in 1..4 {
            let before = server.next().not_before;
            // Whichever of its connections it is for.
            assert!(server.clone().connect(Purpose::Read).await.is_err());
            assert_eq!(server.next().failed, failed);
            assert!(server.next().not_before >= before + BACKOFF.wait(failed - 1, 0));
        }
    }
}
