use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use crate::authority::Authority;
use crate::cluster::{Cluster, Durability, finish};
use crate::keeper;

/// A server that a test has for itself, as durable as in production. It ends with its test, however that ends.
#[derive(Debug)]
pub struct Postgres {
    cluster: Cluster,
    keeper: Child,
}

impl Postgres {
    /// Makes and starts one, in the system's folder for temporary files.
    pub fn start() -> Self {
        Self::start_in(&std::env::temp_dir())
    }

    /// The same in another folder, whose name is whole, and short enough for that of a socket below it. Where this is root, Debian's user
    /// `postgres` must reach it.
    pub fn start_in(parent: &Path) -> Self {
        Self::of(Cluster::new(&folder_in(parent)))
    }

    /// One that speaks TLS over this machine's network, and has a key of that name.
    pub fn start_encrypted(authority: &Authority, name: &str) -> Self {
        let folder = folder_in(&std::env::temp_dir());
        let certificate = authority.certify(name, &folder);
        Self::of(Cluster::new(&folder).encrypted(certificate))
    }

    /// One that keeps all that it writes.
    pub fn start_archiving() -> Self {
        Self::of(Cluster::new(&folder_in(&std::env::temp_dir())).archiving())
    }

    fn of(cluster: Cluster) -> Self {
        let keeper = keeper::of_one(&cluster);
        cluster.create();
        cluster.start(Durability::Durable);
        Self { cluster, keeper }
    }

    /// A copy of all that it has, made while it goes on.
    pub fn back_up(&self) -> PostgresBackup {
        let cluster = Cluster::new(&folder_in(&std::env::temp_dir()));
        let keeper = keeper::of_one(&cluster);
        cluster.copy(&self.cluster, &[]);
        PostgresBackup(Self { cluster, keeper })
    }

    /// Gives this moment a name, and has all be kept that was written before.
    pub fn mark(&self, name: &str) {
        for sql in [format!("SELECT pg_create_restore_point('{name}')"), "SELECT pg_switch_wal()".to_owned()] {
            self.cluster.ask(&sql).expect("it does so");
        }
    }

    /// Ends it as if its machine had: nobody is waited for, and nothing is written any more.
    pub fn crash(&self) {
        finish(&mut self.cluster.crash());
    }

    /// Starts it again; it mends itself first.
    pub fn start_again(&self) {
        self.cluster.start(Durability::Durable);
    }

    /// The address of a database on it; there is one called `postgres`.
    pub fn url(&self, database: &str) -> String {
        self.cluster.url(database)
    }

    /// The address of the same over the network, by that name of this machine.
    pub fn network_url(&self, host: &str, database: &str, parameters: &str) -> String {
        format!("postgres://tombola@{host}:{}/{database}?{parameters}", self.cluster.port())
    }

    /// A program of its own version that asks it something, such as `pgbench`.
    pub fn client(&self, program: &str) -> Command {
        self.cluster.client(program)
    }

    /// The file of what it says.
    pub fn log(&self) -> PathBuf {
        self.cluster.log()
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.cluster.socket()
    }
}

/// A copy of a server, which does not run yet.
#[derive(Debug)]
pub struct PostgresBackup(Postgres);

impl PostgresBackup {
    /// Starts it, and brings it by what another one kept to a moment that has a name there.
    pub fn recover(self, of: &Postgres, mark: &str) -> Postgres {
        let Self(server) = self;
        server.cluster.recover(&of.cluster, mark);
        server.cluster.start(Durability::Durable);
        while server.cluster.ask("SELECT pg_is_in_recovery()").as_deref() != Some("f") {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        server
    }
}

fn folder_in(parent: &Path) -> PathBuf {
    let folder = tempfile::Builder::new().prefix("tombola-postgres-").tempdir_in(parent);
    folder.expect("a folder can be made").keep()
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
