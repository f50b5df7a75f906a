//! Starts the servers that tests need; `scripts/setup postgres pooler redis balancer` installs them.
//!
//! [`Database`]: an empty database, or a copy of a prepared one, on a **shared** server. Whoever comes first starts it, in whichever
//! process of a run, and it ends some seconds after the last one has ended, however they end. [`Postgres`]: a server that a test has
//! for itself, and may crash; [`PostgresPair`]: two, of which one takes the other's place. So are [`Redis`], [`RedisPair`] and
//! [`RedisCluster`]. Before any of them: a [`Pooler`], or a [`Proxy`], which loses connections in the middle of what they are for.
//! Before hosts: a [`Balancer`]. An [`Authority`] vouches for those that speak TLS.

mod authority;
mod balancer;
mod cluster;
mod database;
mod keeper;
mod pair;
mod pooler;
mod postgres;
mod proxy;
mod redis;
mod shared;

pub use authority::Authority;
pub use balancer::Balancer;
pub use database::Database;
pub use pair::{End, PostgresPair};
pub use pooler::Pooler;
pub use postgres::{Postgres, PostgresBackup};
pub use proxy::{Fate, Place, Proxy};
pub use redis::{Redis, RedisCluster, RedisPair};
