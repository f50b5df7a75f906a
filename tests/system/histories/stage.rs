//! The servers that runs share, and what happens to them.

use std::time::Duration;

use tokio::task::block_in_place;
use tokio::time::sleep;
use tombola_servers::{End, Fate, Place, PostgresPair, Proxy, RedisPair};

use super::plan::{Fault, Loss};
use crate::fleet::{self, Fleet};
use crate::harness::Server;

/// How long Redis is away when it is started anew.
const REDIS_AWAY: Duration = Duration::from_millis(200);
/// A rate that is counted, and never reached.
const PLAYER_RATE: &str = "10000/1s";

pub(super) struct Stage {
    postgres: PostgresPair,
    redis: RedisPair,
    to_postgres: Proxy,
    to_redis: Proxy,
    /// Of the run that is under way.
    database: String,
    has_failed_over: bool,
}

impl Stage {
    pub(super) async fn set() -> Self {
        let (postgres, mut redis) = block_in_place(|| (PostgresPair::start(), RedisPair::start()));
        let to_postgres = Proxy::before(Place::Socket(postgres.socket())).await;
        let to_redis = Proxy::before(Place::Address(redis.primary().address())).await;
        Self { postgres, redis, to_postgres, to_redis, database: String::new(), has_failed_over: false }
    }

    /// An empty database for hosts, who reach it by way of what fails.
    pub(super) async fn open(&mut self) -> Fleet {
        self.mend();
        self.database = self.postgres.database().await;
        let redis = format!("redis://{}", self.to_redis.address());
        Fleet::at(self.to_postgres.url(&self.database), &["--redis", &redis, "--player-rate", PLAYER_RATE])
    }

    /// Where the database is for who goes around.
    pub(super) fn url(&self) -> String {
        self.postgres.url(&self.database)
    }

    /// Has a fault happen, and waits until hosts that ended are replaced.
    pub(super) async fn strike(&mut self, fault: &Fault, fleet: &Fleet, servers: &mut Vec<Server>) {
        match fault {
            Fault::HostKilled(one) => fleet.replace(servers, *one).await,
            Fault::HostPaused(one, duration) => fleet::pause(&servers[*one], *duration).await,
            Fault::PostgresRestarted(end) => block_in_place(|| self.postgres.restart(*end)),
            Fault::PostgresFailedOver(loss) => self.fail_over(*loss),
            Fault::PostgresFailedOverAndHostKilled(one) => {
                self.fail_over(Loss::HungUp);
                fleet.replace(servers, *one).await;
            }
            Fault::PostgresFailedOverBehind(alone) => {
                block_in_place(|| self.postgres.stop_following());
                sleep(*alone).await;
                block_in_place(|| self.postgres.restart(End::Killed));
                sleep(*alone).await;
                self.fail_over(Loss::HungUp);
            }
            Fault::ConnectionsCut => self.to_postgres.cut(),
            Fault::CommitsCut(fates) => self.to_postgres.decide(fates),
            Fault::RedisFlushed => _ = block_in_place(|| self.redis.primary().ask(&["FLUSHALL"])),
            Fault::RedisRestarted => {
                block_in_place(|| self.redis.primary().kill());
                sleep(REDIS_AWAY).await;
                block_in_place(|| self.redis.primary().start_again());
            }
            Fault::RedisPaused(duration) => {
                self.redis.primary().pause(true);
                sleep(*duration).await;
                self.redis.primary().pause(false);
            }
            Fault::RedisFailedOver => {
                block_in_place(|| self.redis.fail_over());
                self.to_redis.lead_to(Place::Address(self.redis.primary().address()));
            }
        }
        for server in servers {
            if server.has_ended() {
                *server = fleet.start().await;
            }
        }
    }

    fn fail_over(&mut self, loss: Loss) {
        if loss == Loss::Silent {
            self.to_postgres.fall_silent();
        }
        block_in_place(|| self.postgres.fail_over());
        self.to_postgres.lead_to(Place::Socket(self.postgres.socket()));
        self.has_failed_over = true;
    }

    /// Makes pairs of what the run before has left.
    fn mend(&mut self) {
        if std::mem::take(&mut self.has_failed_over) {
            block_in_place(|| self.postgres.pair());
        }
        while self.to_postgres.next_fate() != Fate::Goes {}
        block_in_place(|| self.redis.pair());
    }
}
