//! Redis, single or a cluster, where there is one: what is quick to ask and may be lost at any moment.
//!
//! Nothing here gives a verdict on stock, money or an outcome, and nobody waits for it. What is kept are counts that are told as they are, rather than by how much
//! they rose, so that a command that the client repeats, or a node has executed though its answer got lost, changes nothing. All keys expire. Where
//! Redis is slow or gone a breaker leaves it alone, and hosts go on without.

mod connection;
mod limits;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use tombola_protection::{Backoff, Breaker};

pub use connection::AddressError;
use connection::{Connection, Nodes};

/// How long a call may take, connecting included: what takes longer is of no use any more.
const CALL: Duration = Duration::from_millis(250);
/// How long Redis is left alone once half of the latest calls failed.
const REST: Backoff = Backoff { first: Duration::from_millis(500), longest: Duration::from_secs(10) };

/// 1 while calls are made, 0 while Redis is left alone.
const UP: &str = "tombola_redis_up";
/// Calls that failed.
const FAILURES: &str = "tombola_redis_failures_total";

/// How Redis is found and what is this host's in it.
#[derive(Debug, Clone)]
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
    settings: Settings,
    nodes: Nodes,
    connection: tokio::sync::Mutex<Option<Connection>>,
    breaker: Mutex<Breaker>,
    began: Instant,
}

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
enum CallError {
    #[error("Redis is left alone for a while")]
    Resting,
    #[error("no answer came within {} ms", CALL.as_millis())]
    Deadline,
    #[error("Redis could not be reached, or answered with an error")]
    Redis(#[from] redis::RedisError),
}

impl Hot {
    /// Of these nodes. Nothing is connected yet.
    pub fn new(settings: Settings) -> Result<Self, AddressError> {
        Ok(Self {
            nodes: Nodes::new(&settings.nodes)?,
            settings,
            connection: tokio::sync::Mutex::default(),
            breaker: Mutex::new(Breaker::new(REST)),
            began: Instant::now(),
        })
    }
}
