//! The disk under a running server fails. What was acknowledged is there, nothing is drawn twice, what is read is right, and a
//! server of which it is in doubt what is on the disk goes no further.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Server, new_key};
use crate::load::{self, Asked, CAMPAIGN, Load, Numbers};
use crate::{documents, invariants};

/// Requests that are acknowledged before the disk fails, and after it works again.
const ENOUGH: u64 = 100;
/// Between two looks at a server.
const PAUSE: Duration = Duration::from_millis(20);

/// A data folder on a disk that fails on demand. What `disk.c` says of its modes holds here.
struct Disk {
    data: TempDir,
    tools: TempDir,
}

impl Disk {
    fn new() -> Self {
        let disk = Self { data: TempDir::new().unwrap(), tools: TempDir::new().unwrap() };
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/system/disk.c");
        let mut compile = Command::new("cc");
        compile.args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"]).arg(disk.library()).arg(source).arg("-ldl");
        assert!(compile.status().unwrap().success());
        disk.becomes("works");
        disk
    }

    fn library(&self) -> PathBuf {
        self.tools.path().join("disk.so")
    }

    /// At once, for calls that begin after this.
    fn becomes(&self, mode: &str) {
        let next = self.tools.path().join("next");
        std::fs::write(&next, mode).unwrap();
        std::fs::rename(next, self.tools.path().join("mode")).unwrap();
    }

    /// Writes and syncs that were tried after one had failed.
    fn tried_after(&self) -> usize {
        std::fs::read(self.tools.path().join("after")).map_or(0, |tries| tries.len())
    }

    async fn server(&self) -> Server {
        let mut program = Server::program(self.data.path());
        program.env("LD_PRELOAD", self.library());
        program.env("TOMBOLA_DISK_DATABASE", self.data.path().canonicalize().unwrap().join("tombola.db"));
        program.env("TOMBOLA_DISK_MODE", self.tools.path().join("mode"));
        program.env("TOMBOLA_DISK_AFTER", self.tools.path().join("after"));
        Server::start_by(program).await
    }

    /// A server with a campaign, and a load that is well under way.
    async fn loaded(&self) -> (Server, Load, Numbers) {
        let server = self.server().await;
        server.operator().publish(CAMPAIGN, &documents::counted(CAMPAIGN, 300)).await;
        let numbers = Numbers::default();
        let load = Load::start(&server, &numbers);
        load.make(ENOUGH).await;
        (server, load, numbers)
    }
}

/// Waits until the host says of itself that it is ready, or by which code it is not.
async fn until_ready_is(server: &Server, expected: &Value) {
    while server.stranger(None).get("/readyz").await.1["code"] != *expected {
        tokio::time::sleep(PAUSE).await;
    }
}

/// What is read of a draw and its player is the same as before.
async fn reads_go_on(server: &Server, draw: &Value, receipt: &Value) {
    let client = server.client();
    let id = draw["id"].as_str().unwrap();
    assert_eq!(client.drawn(id).await, (StatusCode::OK, draw.clone()));
    assert_eq!(client.get(&format!("/v1/draws/{id}/receipt")).await, (StatusCode::OK, receipt.clone()));
    let (status, player) = client.get(&format!("/v1/campaigns/{CAMPAIGN}/players/alice")).await;
    assert_eq!((status, &player["made"]["total"]), (StatusCode::OK, &json!(1)), "{player:#}");
}

/// After a fault: whatever was asked is settled, is found again after another restart, and is all that there is.
async fn all_is_there_once(disk: &Disk, mut asked: Vec<Asked>, others: u64) {
    let server = disk.server().await;
    load::are_there(&server, &asked).await;
    load::settle(&server, &mut asked).await;
    server.kill();
    invariants::check(disk.data.path()).await;
    invariants::no_chance_is_lost(disk.data.path(), CAMPAIGN).await;
    let expected = asked.iter().map(Asked::count).sum::<u64>() + others;
    assert_eq!(invariants::draws(disk.data.path(), CAMPAIGN).await, expected, "each key once, and no other");
    let server = disk.server().await;
    load::are_there(&server, &asked).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_stops_draws_until_there_is_room() {
    let disk = Disk::new();
    let (server, load, _) = disk.loaded().await;
    let (_, draw) = server.client().draw(CAMPAIGN, "alice", "before").await;
    let (_, receipt) = server.client().get(&format!("/v1/draws/{}/receipt", draw["id"].as_str().unwrap())).await;

    disk.becomes("full");
    until_ready_is(&server, &json!("store-full")).await;
    reads_go_on(&server, &draw, &receipt).await;
    assert_eq!(server.client().draw(CAMPAIGN, "alice", "before").await, (StatusCode::OK, draw.clone()));
    let (status, refused) = server.client().draw(CAMPAIGN, "bob", "during").await;
    assert_eq!((status, &refused["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("store-full")), "{refused:#}");
    let stock = format!("/v1/operator/campaigns/{CAMPAIGN}/prizes/phone/stock");
    let (status, refused) = server.operator().post(&stock, &json!({"add": 1, "reason": "more came"})).await;
    assert_eq!((status, &refused["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("store-full")), "{refused:#}");

    disk.becomes("works");
    until_ready_is(&server, &Value::Null).await;
    load.make(ENOUGH).await;
    let asked = load.stop().await;
    load::are_there(&server, &asked).await;
    reads_go_on(&server, &draw, &receipt).await;
    server.kill();
    all_is_there_once(&disk, asked, 1).await;
}

/// A load goes on while the disk comes to fail, until the server has ended by itself.
async fn ends(mode: &str) {
    let disk = Disk::new();
    let (server, load, _) = disk.loaded().await;
    disk.becomes(mode);
    let asked = load.gone().await;
    assert!(!server.ended().await.success(), "a supervisor starts it anew");
    assert_eq!(disk.tried_after(), 0, "nothing is written or synced once that has failed");
    disk.becomes("works");
    all_is_there_once(&disk, asked, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_sync_ends_the_server() {
    ends("sync").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_write_ends_the_server() {
    ends("write").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_whose_sync_failed_ends_the_server() {
    let disk = Disk::new();
    let (server, load, _) = disk.loaded().await;
    disk.becomes("sync-database");
    load.make(ENOUGH).await;
    // Once it is quiet, what is in the log is carried over.
    let asked = load.stop().await;
    assert!(!server.ended().await.success(), "a supervisor starts it anew");
    assert_eq!(disk.tried_after(), 0, "nothing is written or synced once that has failed");
    disk.becomes("works");
    all_is_there_once(&disk, asked, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_t_be_read_is_not_made_up() {
    let disk = Disk::new();
    let (server, load, _) = disk.loaded().await;
    let asked = load.stop().await;
    server.kill();
    // It remembers next to nothing of the database, and after a commit nothing that it reads by.
    let server = disk.server().await;
    let client = server.client();
    client.draw(CAMPAIGN, "alice", "before").await;
    disk.becomes("read");
    until_ready_is(&server, &json!("store-unavailable")).await;
    let mut failed = 0;
    let told: Vec<&Value> = asked.iter().filter_map(|asked| asked.told.as_ref()).flat_map(load::draws).collect();
    for draw in &told {
        let answer = client.drawn(draw["id"].as_str().unwrap()).await;
        failed += count_failed(&answer, draw);
    }
    for asked in &asked {
        let answer = asked.ask(&client).await.expect("an answer");
        failed += asked.told.as_ref().map_or(0, |told| count_failed(&answer, told));
    }
    let (status, refused) = client.draw(CAMPAIGN, "nobody", &new_key()).await;
    assert_eq!(
        (status, &refused["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("store-unavailable")),
        "{refused:#}"
    );
    assert!(failed > 0, "the disk did fail");

    disk.becomes("works");
    for draw in told {
        let answer = client.drawn(draw["id"].as_str().unwrap()).await;
        assert_eq!(answer, (StatusCode::OK, draw.clone()));
    }
    load::are_there(&server, &asked).await;
    until_ready_is(&server, &Value::Null).await;
    server.kill();
    all_is_there_once(&disk, asked, 1).await;
}

/// An answer is the right one, or says that there is none.
fn count_failed((status, body): &(StatusCode, Value), right: &Value) -> usize {
    if *status == StatusCode::SERVICE_UNAVAILABLE {
        assert_eq!(body["code"], "store-unavailable", "{body:#}");
        return 1;
    }
    assert_eq!((*status, body), (StatusCode::OK, right));
    0
}
