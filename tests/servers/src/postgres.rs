use std::path::{Path, PathBuf};
use std::process::{Child, Command};

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
        let folder = tempfile::Builder::new().prefix("tombola-postgres-").tempdir_in(parent);
        let folder = folder.expect("a folder can be made");
        let cluster = Cluster::new(&folder.keep());
        let keeper = keeper::of_one(&cluster);
        cluster.create();
        cluster.start(Durability::Durable);
        Self { cluster, keeper }
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

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
