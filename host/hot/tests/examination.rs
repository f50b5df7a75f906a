//! A look at real servers.
#![expect(clippy::unwrap_used, reason = "what fails here is the test")]

use tombola_hot::{Finding, examine};
use tombola_servers::{Redis, RedisCluster};

async fn found(nodes: &[String]) -> Vec<String> {
    examine(nodes).await.unwrap().iter().map(Finding::to_string).collect()
}

#[tokio::test]
async fn a_single_server_is_looked_at() {
    let redis = Redis::start();
    let unbounded = ["the memory of node 1 of Redis has no bound"];
    assert_eq!(found(&[redis.url()]).await, unbounded);
    let gone = "redis://:secret@127.0.0.1:1".to_owned();
    let told = found(&[gone]).await;
    assert!(told.len() == 1 && told[0].starts_with("node 1 of Redis can't be asked"), "{told:?}");
    assert!(!told[0].contains("secret"), "{told:?}");
    let both = found(&[redis.url(), redis.url()]).await;
    assert!(
        both.contains(&"node 2 of Redis is in no cluster, and several addresses are those of one".to_owned()),
        "{both:?}"
    );
}

#[tokio::test]
async fn a_cluster_is_looked_at_node_by_node() {
    let cluster = RedisCluster::start();
    let nodes = cluster.urls();
    let told = found(&nodes).await;
    assert!(told.len() == nodes.len() && told.iter().all(|told| told.ends_with("has no bound")), "{told:?}");
    let told = found(&nodes[..1]).await;
    assert_eq!(told[0], "the Redis is a node of a cluster, and is asked as if it were alone");
}
