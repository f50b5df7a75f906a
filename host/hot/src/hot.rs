use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use metrics::{counter, gauge};
use redis::{RedisError, RedisResult};
use tombola_protection::{Backoff, Breaker, Ticket};

use crate::connection::{AddressError, Connection, Nodes};

/// How long a call may take, connecting included: what takes longer is of no use any more.
pub(crate) const CALL: Duration = Duration::from_millis(250);
/// How long Redis is left alone once half of the latest calls failed.
const REST: Backoff = Backoff { first: Duration::from_millis(500), longest: Duration::from_secs(10) };

/// 1 while calls are made, 0 while Redis is left alone.
const UP: &str = "tombola_redis_up";
/// Calls that failed.
const FAILURES: &str = "tombola_redis_failures_total";

/// How Redis is found and what is this host's in it. Addresses may hold passwords, so that it can't be shown.
pub struct Settings {
    /// `redis://` or `rediss://` addresses; several are nodes of one cluster.
    pub nodes: Vec<String>,
    /// What keeps one deployment's keys from another's.
    pub namespace: String,
    /// This process, as no other is called.
    pub host: u64,
}

/// A connection to Redis that is made when it is needed, and again where it is lost.
#[derive(Debug)]
pub struct Hot {
    pub(crate) namespace: String,
    pub(crate) host: u64,
    nodes: Nodes,
    connection: tokio::sync::Mutex<Option<Connection>>,
    breaker: Mutex<Breaker>,
    began: Instant,
}

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    #[error("Redis is left alone for a while")]
    Resting,
    #[error("no answer came within {} ms", CALL.as_millis())]
    Deadline,
    #[error("Redis could not be reached, or answered with an error")]
    Redis(#[from] RedisError),
}

impl Hot {
    /// Of these nodes. Nothing is connected yet.
    pub fn new(Settings { nodes, namespace, host }: Settings) -> Result<Self, AddressError> {
        Ok(Self {
            namespace,
            host,
            nodes: Nodes::new(&nodes)?,
            connection: tokio::sync::Mutex::default(),
            breaker: Mutex::new(Breaker::new(REST)),
            began: Instant::now(),
        })
    }

    /// Makes a call within its deadline, unless Redis is left alone. After one that failed it connects anew.
    pub(crate) async fn call<T>(
        &self,
        work: impl AsyncFnOnce(&mut Connection) -> RedisResult<T>,
    ) -> Result<T, CallError> {
        let mut kept = self.connection.lock().await;
        let ticket = self.begin().ok_or(CallError::Resting)?;
        let called = tokio::time::timeout(CALL, async {
            let connection = match kept.as_mut() {
                Some(connection) => connection,
                None => kept.insert(self.nodes.connect().await?),
            };
            work(connection).await
        });
        let called = match called.await {
            Ok(called) => called.map_err(CallError::Redis),
            Err(_) => Err(CallError::Deadline),
        };
        if called.is_err() {
            // Whatever is on its way there is an answer to nothing.
            *kept = None;
            counter!(FAILURES).increment(1);
        }
        self.end(ticket, called.is_ok());
        called
    }

    fn begin(&self) -> Option<Ticket> {
        let (now, mut breaker) = (self.began.elapsed(), self.breaker());
        (breaker.calls_max(now) > 0).then(|| breaker.begin(now))
    }

    fn end(&self, ticket: Ticket, succeeded: bool) {
        let (now, mut breaker) = (self.began.elapsed(), self.breaker());
        let jitter = self.host ^ u64::from(now.subsec_nanos());
        breaker.end(ticket, succeeded, now, jitter);
        gauge!(UP).set(if breaker.calls_max(now) > 0 { 1.0 } else { 0.0 });
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
