use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::cluster::is_root;
use crate::keeper::{Program, sbin};
use crate::redis::{PATIENCE, free_port};

/// Connections to the server for each database: fewer than three hosts have to the pooler, so that they share them.
const SERVERS: usize = 8;
/// How often it is started until somewhere it stays.
const TRIES_MAX: usize = 3;

/// A `PgBouncer` before a server on a socket of this machine's, which gives each transaction a connection that is free. It ends with its
/// test, however that ends.
#[derive(Debug)]
pub struct Pooler {
    address: SocketAddr,
    _program: Program,
}

impl Pooler {
    /// Starts one as the manual says, before the server whose socket this is.
    pub fn before(server: &Path) -> Self {
        let server = server.parent().expect("a socket stands in a folder");
        // Somebody else may have taken the port since it was found free.
        let mut tries = (0..TRIES_MAX).map(|_| SocketAddr::from((Ipv4Addr::LOCALHOST, free_port())));
        tries.find_map(|address| Self::at(address, server)).expect("PgBouncer starts; run scripts/setup pooler")
    }

    /// The address of a database behind it, as hosts take it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://tombola@{}/{database}?sslmode=disable&pooler=transaction", self.address)
    }

    fn at(address: SocketAddr, server: &Path) -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("tombola-pooler-").tempdir().expect("a folder can be made").keep();
        let settings = folder.join("pgbouncer.ini");
        std::fs::write(&settings, self::settings(address, server)).expect("it is one's own folder");
        let mut pgbouncer = Command::new(sbin("pgbouncer"));
        if is_root() {
            // It refuses to run as root.
            pgbouncer.args(["--user", "postgres"]);
            let chown = Command::new("chown").args(["--recursive", "postgres"]).arg(&folder).status();
            assert!(chown.expect("there is chown").success());
        }
        let program = Program::run(&folder, pgbouncer.arg("--quiet").arg(settings));
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            if !program.is_there() || began.elapsed() > PATIENCE {
                return None;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Self { address, _program: program })
    }
}

fn settings(address: SocketAddr, server: &Path) -> String {
    format!(
        "[databases]\n\
         * = host={} user=tombola connect_query='SELECT pg_logical_emit_message(true, ''tombola'', '''')'\n\
         [pgbouncer]\n\
         pool_mode = transaction\n\
         default_pool_size = {SERVERS}\n\
         listen_addr = {}\n\
         listen_port = {}\n\
         unix_socket_dir =\n\
         auth_type = any\n",
        server.display(),
        address.ip(),
        address.port()
    )
}
