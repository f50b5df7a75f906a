//! What a server must be like, so that what is answered stays.

use std::time::{Duration, Instant};

use sqlx::Row;
use sqlx::postgres::{PgConnection, PgSslMode};

use crate::finding::Finding;
use crate::migrations::{self, State};
use crate::settings::Settings;

/// The oldest server that is tested.
const VERSION_MIN: i32 = 150_000;
/// How far two clocks may be apart before it is worth a word, besides how long the question took. Machines that set their clocks by a
/// common source are within some milliseconds.
const SKEW_MAX: Duration = Duration::from_secs(1);

/// What a server and a database say of themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examination {
    version: i32,
    encoding: String,
    synchronous_commit: String,
    fsync: String,
    full_page_writes: String,
    is_replica: bool,
    way: Way,
    /// Whether receipts can be parted and dropped.
    may_part: bool,
    state: State,
    /// How far the caller's clock is ahead, in milliseconds, as far as that can be told.
    ahead_ms: i64,
}

/// How what is said comes to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It leaves the machine for nobody else, or only to who has proved to be the server.
    Safe,
    /// Whoever listens hears it.
    Open,
    /// Whoever answers is taken for the server.
    Unproven,
}

impl Examination {
    /// Asks them. The clock gives milliseconds since 1970.
    pub(crate) async fn of(
        settings: &Settings,
        connection: &mut PgConnection,
        now_ms: &(dyn Fn() -> i64 + Sync),
    ) -> Result<Self, sqlx::Error> {
        let state = migrations::state(connection).await?;
        let began = Instant::now();
        let row = sqlx::raw_sql(
            "SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding,
                    current_setting('synchronous_commit') AS synchronous_commit, current_setting('fsync') AS fsync,
                    current_setting('full_page_writes') AS full_page_writes, pg_is_in_recovery() AS is_replica,
                    coalesce(inet_client_addr() <> inet_server_addr(), false) AS is_remote,
                    coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS is_encrypted,
                    CASE WHEN to_regclass('tombola.receipts') IS NULL THEN true
                         ELSE has_schema_privilege('tombola', 'CREATE')
                              AND (SELECT bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class
                                   WHERE oid IN (to_regclass('tombola.receipts'), to_regclass('tombola.disclosures')))
                    END AS may_part,
                    (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS clock_ms",
        );
        let row = row.fetch_one(connection).await?;
        let is_proven = matches!(settings.options.get_ssl_mode(), PgSslMode::VerifyCa | PgSslMode::VerifyFull);
        let way = match (row.try_get("is_remote")?, row.try_get("is_encrypted")?) {
            (true, false) => Way::Open,
            (true, true) if !is_proven => Way::Unproven,
            _ => Way::Safe,
        };
        let (here, there): (i64, i64) = (now_ms(), row.try_get("clock_ms")?);
        Ok(Self {
            version: row.try_get("version")?,
            encoding: row.try_get("encoding")?,
            synchronous_commit: row.try_get("synchronous_commit")?,
            fsync: row.try_get("fsync")?,
            full_page_writes: row.try_get("full_page_writes")?,
            is_replica: row.try_get("is_replica")?,
            way,
            may_part: row.try_get("may_part")?,
            state,
            ahead_ms: ahead(here, there, began.elapsed()),
        })
    }

    /// The server's version as its makers write it.
    pub fn version(&self) -> String {
        format!("{}.{}", self.version / 10_000, self.version % 10_000)
    }

    /// What is wrong, what a host refuses first.
    pub fn findings(&self) -> Vec<Finding> {
        let settings = [
            (self.version < VERSION_MIN, Finding::Version(self.version())),
            (self.encoding != "UTF8", Finding::Encoding(self.encoding.clone())),
            (self.synchronous_commit == "off", Finding::Asynchronous),
            (self.is_replica, Finding::Replica),
        ];
        let doubts = [
            (self.fsync == "off", Finding::Unsynced),
            (self.full_page_writes == "off", Finding::TornPages),
            (self.way == Way::Open, Finding::Unencrypted),
            (self.way == Way::Unproven, Finding::Unproven),
            (!self.may_part, Finding::Unparted),
            (self.ahead_ms.unsigned_abs() > millis(SKEW_MAX), Finding::Clock(self.ahead_ms)),
        ];
        let found = |(is_so, finding): (bool, Finding)| is_so.then_some(finding);
        settings
            .into_iter()
            .filter_map(found)
            .chain(self.state.finding())
            .chain(doubts.into_iter().filter_map(found))
            .collect()
    }
}

impl State {
    /// What keeps a host from working on it.
    fn finding(self) -> Option<Finding> {
        let known = migrations::version();
        match self {
            Self::Foreign => Some(Finding::Foreign),
            Self::Unfinished => Some(Finding::Unfinished),
            Self::Version(found) if found > known => Some(Finding::Newer { found, known }),
            Self::Version(found) if found < known => Some(Finding::Pending { found, needed: known }),
            Self::Version(_) => None,
        }
    }
}

/// The answer was made at some moment of the question: as much of the difference is not known.
fn ahead(here_ms: i64, there_ms: i64, took: Duration) -> i64 {
    let took_ms = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
    let late = here_ms.saturating_sub(there_ms);
    if late < 0 { late } else { late.saturating_sub(took_ms).max(0) }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit() -> Examination {
        Examination {
            version: 150_004,
            encoding: "UTF8".to_owned(),
            synchronous_commit: "on".to_owned(),
            fsync: "on".to_owned(),
            full_page_writes: "on".to_owned(),
            is_replica: false,
            way: Way::Safe,
            may_part: true,
            state: State::Version(migrations::version()),
            ahead_ms: 0,
        }
    }

    #[test]
    fn whatever_could_lose_an_answer_is_found() {
        let check = |examination: Examination, expected: &[Finding]| assert_eq!(examination.findings(), expected);
        let off = || "off".to_owned();
        check(fit(), &[]);
        check(Examination { synchronous_commit: "remote_write".to_owned(), ..fit() }, &[]);
        check(Examination { version: 140_009, ..fit() }, &[Finding::Version("14.9".to_owned())]);
        check(Examination { encoding: "LATIN1".to_owned(), ..fit() }, &[Finding::Encoding("LATIN1".to_owned())]);
        check(
            Examination { synchronous_commit: off(), is_replica: true, fsync: off(), full_page_writes: off(), ..fit() },
            &[Finding::Asynchronous, Finding::Replica, Finding::Unsynced, Finding::TornPages],
        );
        check(Examination { way: Way::Open, ..fit() }, &[Finding::Unencrypted]);
        check(Examination { may_part: false, ..fit() }, &[Finding::Unparted]);
        check(Examination { way: Way::Unproven, ..fit() }, &[Finding::Unproven]);
        check(Examination { state: State::Foreign, ..fit() }, &[Finding::Foreign]);
        check(Examination { state: State::Unfinished, ..fit() }, &[Finding::Unfinished]);
        check(Examination { ahead_ms: -1_001, ..fit() }, &[Finding::Clock(-1_001)]);
        check(Examination { ahead_ms: 1_000, ..fit() }, &[]);
        let needed = migrations::version();
        check(Examination { state: State::Version(0), ..fit() }, &[Finding::Pending { found: 0, needed }]);
        let newer = Finding::Newer { found: needed + 1, known: needed };
        check(Examination { state: State::Version(needed + 1), ..fit() }, &[newer]);
    }

    #[test]
    fn a_slow_answer_is_no_wrong_clock() {
        let second = Duration::from_secs(1);
        assert_eq!(ahead(5_000, 4_300, second), 0);
        assert_eq!(ahead(5_000, 3_000, second), 1_000);
        assert_eq!(ahead(5_000, 7_000, second), -2_000);
    }
}
