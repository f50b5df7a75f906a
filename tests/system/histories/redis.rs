//! The Redis by which hosts of a run share rates, alone or as a cluster, and what happens to it.

use std::time::Duration;

use tokio::task::block_in_place;
use tokio::time::sleep;
use tombola_servers::{self as servers, Place, Proxy, RedisCluster, RedisPair};

use super::plan::{RedisFault, RedisKind};

/// How long it is away when it is started anew: shorter than a cluster waits before a replica takes over.
const AWAY: Duration = Duration::from_millis(200);

pub(super) struct Redis {
    pair: RedisPair,
    proxy: Proxy,
    /// Of the run that is under way, where it has one: what is left of a cluster is not mended.
    cluster: Option<RedisCluster>,
}

impl Redis {
    pub(super) async fn start() -> Self {
        let mut pair = block_in_place(RedisPair::start);
        let proxy = Proxy::before(Place::Address(pair.primary().address())).await;
        Self { pair, proxy, cluster: None }
    }

    /// Makes a pair of what the run before has left, or a cluster; the addresses for hosts.
    pub(super) fn open(&mut self, kind: RedisKind) -> Vec<String> {
        self.cluster = None;
        match kind {
            RedisKind::Pair => {
                block_in_place(|| self.pair.pair());
                vec![format!("redis://{}", self.proxy.address())]
            }
            RedisKind::Cluster => self.cluster.insert(block_in_place(RedisCluster::start)).urls(),
        }
    }

    pub(super) async fn strike(&mut self, fault: Option<&RedisFault>) {
        match fault {
            None => {}
            Some(RedisFault::Flushed) => block_in_place(|| {
                for server in self.who_take_writes() {
                    server.ask(&["FLUSHALL"]);
                }
            }),
            Some(RedisFault::Restarted) => {
                let mut servers = block_in_place(|| self.who_take_writes());
                for server in &mut servers {
                    server.kill();
                }
                sleep(AWAY).await;
                block_in_place(|| {
                    for server in &mut servers {
                        server.start_again();
                    }
                });
            }
            Some(RedisFault::Paused(duration)) => {
                let servers = block_in_place(|| self.who_take_writes());
                for server in &servers {
                    server.pause(true);
                }
                sleep(*duration).await;
                for server in &servers {
                    server.pause(false);
                }
            }
            Some(RedisFault::FailedOver) => block_in_place(|| {
                if let Some(cluster) = &mut self.cluster {
                    cluster.fail_over();
                } else {
                    self.pair.fail_over();
                    self.proxy.lead_to(Place::Address(self.pair.primary().address()));
                }
            }),
        }
    }

    fn who_take_writes(&mut self) -> Vec<&mut servers::Redis> {
        match &mut self.cluster {
            Some(cluster) => cluster.masters().collect(),
            None => vec![self.pair.primary()],
        }
    }
}
