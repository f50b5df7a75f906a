use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::cluster::{Cluster, Durability, STANDBY};
use crate::database::{create_migrated, remove};
use crate::keeper;
use crate::redis::PATIENCE;

/// Two servers that a test has for itself, which lose nothing when they are killed. One takes writes, and answers none before the other one has
/// it as well. They end with their test, however that ends.
#[derive(Debug)]
pub struct PostgresPair {
    primary: Member,
    /// Follows the other one, or is what is left of it.
    standby: Member,
    /// The latest database that was made.
    database: Option<String>,
}

#[derive(Debug)]
struct Member {
    cluster: Cluster,
    keeper: Child,
}

/// How a server goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// In good order.
    Stopped,
    /// As if its machine had.
    Killed,
}

impl PostgresPair {
    /// Makes and starts both.
    pub fn start() -> Self {
        let pair = Self { primary: Member::new(), standby: Member::new(), database: None };
        pair.primary.cluster.create();
        pair.primary.cluster.start(Durability::Killable);
        pair.pair();
        pair
    }

    /// A new database with all tables, which takes the place of the one before; its name.
    pub async fn database(&mut self) -> String {
        if let Some(former) = self.database.take() {
            remove(&self.primary.cluster, &former).await;
        }
        self.database.insert(create_migrated(&self.primary.cluster).await).clone()
    }

    /// The address of a database on the one that takes writes.
    pub fn url(&self, database: &str) -> String {
        self.primary.cluster.url(database)
    }

    /// Where that one listens.
    pub fn socket(&self) -> PathBuf {
        self.primary.cluster.socket()
    }

    /// Ends the one that takes writes, and starts it again; after a crash it mends itself first.
    pub fn restart(&self, end: End) {
        match end {
            End::Stopped => self.primary.cluster.stop(),
            End::Killed => self.primary.cluster.kill(),
        }
        self.primary.cluster.start(Durability::Killable);
    }

    /// Ends the one that follows: nothing that is written is answered any more.
    pub fn stop_following(&self) {
        self.standby.cluster.stop();
    }

    /// Starts the one that follows again.
    pub fn follow(&self) {
        self.standby.cluster.start(Durability::Killable);
        self.wait_until_followed();
    }

    /// Kills the one that takes writes, whose place the other one takes. What is written there is answered without anybody else having it,
    /// until they are a pair again.
    pub fn fail_over(&mut self) {
        self.primary.cluster.kill();
        if !self.standby.cluster.is_running() {
            self.standby.cluster.start(Durability::Killable);
        }
        self.standby.cluster.promote();
        std::mem::swap(&mut self.primary, &mut self.standby);
    }

    /// Has what was killed follow the other one.
    pub fn pair(&self) {
        self.standby.cluster.follow(&self.primary.cluster);
        self.standby.cluster.start(Durability::Killable);
        // Not before it was copied: whoever takes its place has nobody to wait for.
        self.primary.cluster.set(&format!("synchronous_standby_names = '{STANDBY}'"));
        self.wait_until_followed();
    }

    fn wait_until_followed(&self) {
        let began = Instant::now();
        while self.primary.cluster.ask("SELECT sync_state FROM pg_stat_replication").as_deref() != Some("sync") {
            assert!(began.elapsed() < PATIENCE, "nobody follows");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Member {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("tombola-postgres-").tempdir().expect("a folder can be made");
        let cluster = Cluster::new(&folder.keep());
        let keeper = keeper::of_one(&cluster);
        Self { cluster, keeper }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
