use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use crate::cluster::is_root;
use crate::keeper::{Program, listen, sbin};

/// Connections to the server for each database: fewer than three hosts have to the pooler, so that they share them.
const SERVERS: usize = 8;

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
        let listening = listen(|address| {
            let folder = tempfile::Builder::new().prefix("tombola-pooler-").tempdir();
            let folder = folder.expect("a folder can be made").keep();
            let settings = folder.join("pgbouncer.ini");
            std::fs::write(&settings, self::settings(address, server)).expect("it is one's own folder");
            let mut pgbouncer = Command::new(sbin("pgbouncer"));
            if is_root() {
                // It refuses to run as root.
                pgbouncer.args(["--user", "postgres"]);
                let chown = Command::new("chown").args(["--recursive", "postgres"]).arg(&folder).status();
                assert!(chown.expect("there is chown").success());
            }
            pgbouncer.arg("--quiet").arg(settings);
            (folder, pgbouncer)
        });
        let (address, program) = listening.expect("PgBouncer starts; run scripts/setup pooler");
        Self { address, _program: program }
    }

    /// The address of a database behind it, as hosts take it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://tombola@{}/{database}?sslmode=disable&pooler=transaction", self.address)
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
