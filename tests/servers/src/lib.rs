//! Starts the servers that tests need; `scripts/setup postgres redis` installs them.
//!
//! [`Database`]: an empty database, or a copy of a prepared one, on a **shared** server. Whoever comes first starts it, in whichever
//! process of a run, and it ends some seconds after the last one has ended, however they end. [`Postgres`]: a server that a test has
//! for itself, and may crash. So are [`Redis`] and [`RedisCluster`].

mod cluster;
mod database;
mod keeper;
mod postgres;
mod redis;
mod shared;

pub use database::Database;
pub use postgres::Postgres;
pub use redis::{Redis, RedisCluster};
