use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::io::tcp::TcpSettings;
use redis::{AsyncConnectionConfig, Client, Cmd, IntoConnectionInfo, Pipeline, RedisFuture, RedisResult, Value};

use crate::hot::CALL;

/// Addresses that can't be used. They may hold passwords, and so are not repeated.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// There is none.
    #[error("no address of Redis is given")]
    None,
    /// One is none.
    #[error("address {number} of Redis can't be read; it is like redis://user:password@host:6379")]
    Malformed {
        /// Which, from 1.
        number: usize,
        /// What is wrong with it.
        source: redis::RedisError,
    },
    /// Together they make no cluster.
    #[error("the addresses can't be those of one Redis Cluster")]
    Cluster(#[source] redis::RedisError),
}

/// Where to connect to.
pub(crate) enum Nodes {
    Single(Box<Client>),
    Cluster(Box<ClusterClient>),
}

/// Without addresses, which may hold passwords.
impl std::fmt::Debug for Nodes {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Single(_) => "Single",
            Self::Cluster(_) => "Cluster",
        })
    }
}

impl Nodes {
    pub(crate) fn new(addresses: &[String]) -> Result<Self, AddressError> {
        let tcp = || TcpSettings::default().set_nodelay(true);
        let mut nodes = Vec::with_capacity(addresses.len());
        for (place, address) in addresses.iter().enumerate() {
            let node = address.as_str().into_connection_info();
            let node = node.map_err(|source| AddressError::Malformed { number: place + 1, source })?;
            nodes.push(node.set_tcp_settings(tcp()));
        }
        match nodes.len() {
            0 => Err(AddressError::None),
            1 => {
                let client = Client::open(nodes.remove(0));
                client
                    .map(|client| Self::Single(Box::new(client)))
                    .map_err(|source| AddressError::Malformed { number: 1, source })
            }
            _ => {
                // The client of a cluster waits for ever unless it is told otherwise.
                let cluster = ClusterClient::builder(nodes).tcp_settings(tcp()).retries(1);
                let cluster = cluster.connection_timeout(CALL).response_timeout(CALL);
                cluster.build().map(|cluster| Self::Cluster(Box::new(cluster))).map_err(AddressError::Cluster)
            }
        }
    }

    pub(crate) async fn connect(&self) -> RedisResult<Connection> {
        match self {
            Self::Single(client) => {
                let config = AsyncConnectionConfig::new();
                let config = config.set_connection_timeout(Some(CALL)).set_response_timeout(Some(CALL));
                client.get_multiplexed_async_connection_with_config(&config).await.map(Connection::Single)
            }
            Self::Cluster(client) => client.get_async_connection().await.map(Connection::Cluster),
        }
    }
}

#[derive(Clone)]
pub(crate) enum Connection {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Connection")
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Single(connection) => connection.req_packed_command(cmd),
            Self::Cluster(connection) => connection.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Single(connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Single(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}
