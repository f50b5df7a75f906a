//! The servers that runs share, and what happens to them.

use futures_util::future::join_all;
use tokio::time::sleep;

use super::plan::{HostFault, Moment, RedisKind};
use super::postgres::Postgres;
use super::redis::Redis;
use crate::fleet::{self, BREAK, Fleet};
use crate::harness::Server;

/// A rate that is counted, and never reached.
const PLAYER_RATE: &str = "10000/1s";

pub(super) struct Stage {
    postgres: Postgres,
    redis: Redis,
}

impl Stage {
    pub(super) async fn set() -> Self {
        Self { postgres: Postgres::start().await, redis: Redis::start().await }
    }

    /// An empty database for hosts, who reach it by way of what fails.
    pub(super) async fn open(&mut self, kind: RedisKind) -> Fleet {
        let database = self.postgres.open().await;
        let nodes = self.redis.open(kind);
        let of_redis = nodes.iter().flat_map(|node| ["--redis", node]);
        let arguments: Vec<_> = of_redis.chain(["--player-rate", PLAYER_RATE]).collect();
        Fleet::at(database, &arguments)
    }

    /// Where the database is for who goes around.
    pub(super) fn url(&self) -> String {
        self.postgres.url()
    }

    /// Has all of it happen at once, and waits until hosts that ended are replaced.
    pub(super) async fn strike(&mut self, moment: &Moment, fleet: &Fleet, servers: &mut [Server]) {
        let hosts = servers.iter_mut().zip(&moment.hosts);
        let hosts = hosts.filter_map(|(server, fault)| Some(strike_host(server, fault.as_ref()?)));
        // Servers' programs are waited for without letting others go on, so that they come last.
        tokio::join!(
            join_all(hosts),
            self.redis.strike(moment.redis.as_ref()),
            self.postgres.strike(moment.postgres.as_ref())
        );
        for server in servers {
            if server.has_ended() {
                *server = fleet.start().await;
            }
        }
    }
}

async fn strike_host(server: &mut Server, fault: &HostFault) {
    match fault {
        HostFault::Killed => {
            server.signal("KILL");
            while !server.has_ended() {
                sleep(BREAK).await;
            }
        }
        HostFault::Paused(duration) => fleet::pause(server, *duration).await,
    }
}
