use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tombola_domain::signature::Signer;

use crate::open::OpenError;

/// What says in an address that a pooler stands between.
const POOLER: &str = "pooler=transaction";

/// How a database is opened.
#[derive(Clone)]
pub struct Settings {
    pub(crate) options: PgConnectOptions,
    /// Connections that read, at least 1, beside those that snapshots share.
    pub readers: usize,
    /// How long a call may take, waiting included. Beyond it the call fails; a commit under way goes on.
    pub deadline: Duration,
    /// The same for changes of lists, which may be as long as an operator likes.
    pub list_deadline: Duration,
    /// Whether a pooler stands between that gives a connection of the server's to somebody else after each transaction. What
    /// otherwise holds for a connection is then said in each transaction, and no statement is kept prepared.
    pub pooled: bool,
    /// Where the host runs, for whoever looks at the hosts that there are.
    pub name: String,
    /// Milliseconds since 1970, for the same.
    pub now_ms: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// Any number that other hosts don't have: hosts that lost the server together should not come back together.
    pub seed: u64,
    /// Who seals the batches that are committed; `None` leaves them unsealed.
    pub signer: Option<Signer>,
}

impl Settings {
    /// Settings that suit work beside a host: four readers, 5 s a call, 120 s for a list, no pooler, nothing sealed. The address
    /// is as Postgres's own programs take it: `postgres://user:password@host:port/database?sslmode=verify-full`.
    ///
    /// With `pooler=transaction` it leads to a [pooler](Self::pooled).
    pub fn new(url: &str) -> Result<Self, OpenError> {
        let (url, pooled) = without_pooler(url);
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(OpenError::Address(sqlx::Error::Configuration("it begins otherwise".into())));
        }
        let options: PgConnectOptions = url.parse().map_err(OpenError::Address)?;
        Ok(Self {
            options,
            readers: 4,
            deadline: Duration::from_secs(5),
            list_deadline: Duration::from_mins(2),
            pooled,
            name: "a host".to_owned(),
            now_ms: Arc::new(|| 0),
            seed: 0,
            signer: None,
        })
    }

    /// The same for a host, which seals what it commits.
    #[must_use]
    pub fn sealed_by(self, signer: Signer) -> Self {
        Self { signer: Some(signer), ..self }
    }

    /// Which database, for whoever reads of it: no password.
    pub fn place(&self) -> String {
        let options = &self.options;
        let host = options.get_socket().map_or_else(|| options.get_host().into(), |path| path.to_string_lossy());
        let database = options.get_database().unwrap_or_else(|| options.get_username());
        format!("{database} at {host}:{}", options.get_port())
    }
}

/// An address without what only this program knows of it, and whether that was there.
fn without_pooler(url: &str) -> (String, bool) {
    let Some((address, parameters)) = url.split_once('?') else { return (url.to_owned(), false) };
    let others: Vec<_> = parameters.split('&').filter(|parameter| *parameter != POOLER).collect();
    let is_pooled = others.len() < parameters.split('&').count();
    (format!("{address}?{}", others.join("&")), is_pooled)
}

/// Without the password that the options hold.
impl fmt::Debug for Settings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Settings").field("place", &self.place()).finish_non_exhaustive()
    }
}
