//! What a Redis must be like, so that hosts can share what they have let in.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::ParseIntError;

use redis::aio::ConnectionLike;
use redis::{ConnectionAddr, IntoConnectionInfo, RedisError, cmd};
use tokio::time::timeout;

use crate::connection::{AddressError, Connection, Nodes};
use crate::hot::CALL;

/// The oldest Redis that is tested.
const VERSION_MIN: u32 = 7;

/// What is wrong with a node, which `node` counts from 1 in the order of the addresses: those may hold passwords.
#[derive(Debug, thiserror::Error)]
pub enum Finding {
    /// It does not answer.
    #[error("node {node} of Redis can't be asked within {} ms{}", CALL.as_millis(), because(.error.as_ref()))]
    Unreachable {
        /// Which.
        node: usize,
        /// What was said; nothing where it took too long.
        error: Option<RedisError>,
    },
    /// It says what none that is known says.
    #[error("node {node} of Redis doesn't tell its {what}")]
    Unknown {
        /// Which.
        node: usize,
        /// What it doesn't tell.
        what: &'static str,
    },
    /// It is too old.
    #[error("node {node} of Redis has version {version}, and this program is tested with {VERSION_MIN} or later")]
    Version {
        /// Which.
        node: usize,
        /// Its version.
        version: String,
    },
    /// It is asked as if it were alone.
    #[error("the Redis is a node of a cluster, and is asked as if it were alone")]
    InCluster,
    /// It is asked as one of several.
    #[error("node {node} of Redis is in no cluster, and several addresses are those of one")]
    Alone {
        /// Which.
        node: usize,
    },
    /// Not every key has a node.
    #[error("the cluster is down, as node {node} of Redis sees it")]
    ClusterDown {
        /// Which.
        node: usize,
    },
    /// It takes no writes.
    #[error("the Redis is a replica, which takes no writes")]
    Replica,
    /// Whoever listens learns who draws how often, and any password.
    #[error("node {node} of Redis is another machine, and is asked without TLS")]
    Unencrypted {
        /// Which.
        node: usize,
    },
    /// It may take all memory of its machine.
    #[error("the memory of node {node} of Redis has no bound")]
    Unbounded {
        /// Which.
        node: usize,
    },
    /// Once it is full, nothing is counted any more.
    #[error("node {node} of Redis evicts nothing (noeviction): once its memory is full, hosts share no rates")]
    Full {
        /// Which.
        node: usize,
    },
}

impl Finding {
    /// What to do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "see that it runs, and that address, user and password are right",
            Self::Unknown { .. } | Self::Version { .. } => "use Redis 7 or later",
            Self::InCluster => "name several nodes of the cluster: --redis … --redis …",
            Self::Alone { .. } => "name nodes of one cluster, or one Redis alone",
            Self::ClusterDown { .. } => "look at `redis-cli cluster info` there; draws go on meanwhile",
            Self::Replica => "name its master",
            Self::Unencrypted { .. } => "have it speak TLS, and begin its address with rediss://",
            Self::Unbounded { .. } => "set maxmemory for it",
            Self::Full { .. } => "set maxmemory-policy to allkeys-lru",
        }
    }

    /// Whether hosts share their rates all the same.
    pub const fn is_harmless(&self) -> bool {
        matches!(self, Self::Unencrypted { .. } | Self::Unbounded { .. } | Self::Full { .. } | Self::Version { .. })
    }
}

fn because(error: Option<&RedisError>) -> String {
    error.map_or_else(String::new, |error| format!(": {error}"))
}

/// Looks at each node of these addresses, and changes nothing.
pub async fn examine(addresses: &[String]) -> Result<Vec<Finding>, AddressError> {
    // Together they are what hosts are given.
    Nodes::new(addresses)?;
    let mut findings = Vec::new();
    for (place, address) in addresses.iter().enumerate() {
        let (node, alone) = (place + 1, Nodes::new(std::slice::from_ref(address))?);
        match timeout(CALL, ask(&alone)).await {
            Ok(Ok(told)) => findings.extend(judge(node, addresses.len() > 1, &told)),
            Ok(Err(error)) => findings.push(Finding::Unreachable { node, error: Some(error) }),
            Err(_) => findings.push(Finding::Unreachable { node, error: None }),
        }
        if is_exposed(address) {
            findings.push(Finding::Unencrypted { node });
        }
    }
    Ok(findings)
}

/// Whether what is said there can be heard on the way.
fn is_exposed(address: &str) -> bool {
    let Ok(info) = address.into_connection_info() else { return false };
    match info.addr() {
        ConnectionAddr::Tcp(host, _) => {
            host != "localhost" && !host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        _ => false,
    }
}

/// What a node says of itself, by name.
async fn ask(node: &Nodes) -> Result<HashMap<String, String>, RedisError> {
    let mut connection = node.connect().await?;
    let mut told = fields(&text(&mut connection, cmd("INFO").arg("all")).await?);
    if told.get("cluster_enabled").is_some_and(|enabled| enabled == "1") {
        told.extend(fields(&text(&mut connection, cmd("CLUSTER").arg("INFO")).await?));
    }
    Ok(told)
}

async fn text(connection: &mut Connection, command: &redis::Cmd) -> Result<String, RedisError> {
    redis::from_redis_value(connection.req_packed_command(command).await?).map_err(RedisError::from)
}

fn fields(text: &str) -> HashMap<String, String> {
    let fields = text.lines().filter_map(|line| line.split_once(':'));
    fields.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect()
}

fn judge(node: usize, is_one_of_several: bool, told: &HashMap<String, String>) -> Vec<Finding> {
    let field = |name: &str| told.get(name).map_or("", String::as_str);
    let (version, memory) = (field("redis_version"), field("maxmemory").parse::<u64>());
    let major: Result<u32, ParseIntError> = version.split('.').next().unwrap_or_default().parse();
    let in_cluster = field("cluster_enabled") == "1";
    let findings = [
        (major.is_err(), Finding::Unknown { node, what: "version" }),
        (memory.is_err(), Finding::Unknown { node, what: "bound of memory" }),
        (!is_one_of_several && in_cluster, Finding::InCluster),
        (is_one_of_several && !in_cluster, Finding::Alone { node }),
        (is_one_of_several && in_cluster && field("cluster_state") != "ok", Finding::ClusterDown { node }),
        (!is_one_of_several && field("role") == "slave", Finding::Replica),
        (major.is_ok_and(|major| major < VERSION_MIN), Finding::Version { node, version: version.to_owned() }),
        (memory == Ok(0), Finding::Unbounded { node }),
        (memory.is_ok_and(|most| most > 0) && field("maxmemory_policy") == "noeviction", Finding::Full { node }),
    ];
    findings.into_iter().filter_map(|(is_so, finding)| is_so.then_some(finding)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_the_machine_is_to_be_encrypted() {
        for (address, expected) in [
            ("redis://127.0.0.1:1", false),
            ("redis://localhost", false),
            ("redis://[::1]:1/", false),
            ("redis://cache:6379", true),
            ("redis://user:word@10.0.0.1", true),
            ("rediss://cache:6379", false),
        ] {
            assert_eq!(is_exposed(address), expected, "{address}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_what_to_do() {
        let well = [
            ("redis_version", "7.0.15"),
            ("maxmemory", "1000000"),
            ("maxmemory_policy", "allkeys-lru"),
            ("role", "master"),
            ("cluster_enabled", "0"),
        ];
        let found = |is_cluster: bool, changes: &[(&str, &str)]| {
            let told =
                well.iter().chain(changes).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let findings = judge(2, is_cluster, &told);
            assert!(findings.iter().all(|finding| !finding.remedy().is_empty()));
            findings.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let cluster = [("cluster_enabled", "1"), ("cluster_state", "ok"), ("role", "slave")];
        assert_eq!(found(false, &[]), [""; 0]);
        assert_eq!(found(true, &cluster), [""; 0], "replicas of a cluster lead to their masters");
        for (is_cluster, changes, expected) in [
            (false, &[("redis_version", "6.2.7")][..], "node 2 of Redis has version 6.2.7, and"),
            (false, &[("redis_version", "")], "node 2 of Redis doesn't tell its version"),
            (false, &[("maxmemory", "0")], "the memory of node 2 of Redis has no bound"),
            (false, &[("maxmemory_policy", "noeviction")], "node 2 of Redis evicts nothing"),
            (false, &[("role", "slave")], "the Redis is a replica"),
            (false, &[("cluster_enabled", "1")], "the Redis is a node of a cluster"),
            (true, &[], "node 2 of Redis is in no cluster"),
            (true, &[("cluster_enabled", "1"), ("cluster_state", "fail")], "the cluster is down, as node 2"),
        ] {
            let told = found(is_cluster, changes);
            assert!(told.len() == 1 && told[0].starts_with(expected), "{told:?}");
        }
    }
}
