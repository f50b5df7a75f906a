//! A backup beside a running server, and a second server that goes on from it.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use reqwest::StatusCode;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::harness::{Server, new_key};
use crate::{documents, invariants};

/// Enough that a batch has several draws.
const CLIENTS: u64 = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_made_under_load_and_another_server_goes_on_from_it() {
    let (data, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let copy = elsewhere.path().join("copy");
    let server = Server::start(data.path()).await;
    server.operator().publish("counted", &documents::counted("counted", 40)).await;
    let (stop, drawn) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut load = JoinSet::new();
    for number in 0..CLIENTS {
        let (client, stop, drawn) = (server.client(), Arc::clone(&stop), Arc::clone(&drawn));
        load.spawn(async move {
            while !stop.load(Ordering::SeqCst) {
                let (status, draw) = client.draw("counted", &format!("player-{number}"), &new_key()).await;
                assert_eq!(status, StatusCode::CREATED, "{draw:#}");
                drawn.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    let wait_for_more = async || {
        let enough = drawn.load(Ordering::SeqCst) + 10 * CLIENTS;
        while drawn.load(Ordering::SeqCst) < enough {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    wait_for_more().await;
    let made = run("backup", &copy, data.path()).await;
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    wait_for_more().await;
    // Nothing is overwritten, neither a copy nor a database.
    assert_eq!(run("backup", &copy, data.path()).await.status.code(), Some(1));
    assert_eq!(run("restore", &copy, data.path()).await.status.code(), Some(1));
    stop.store(true, Ordering::SeqCst);
    load.join_all().await;
    server.kill();
    invariants::check(data.path()).await;

    let restored = elsewhere.path().join("restored");
    let made = run("restore", &copy, &restored).await;
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::copy(data.path().join("host.key"), restored.join("host.key")).unwrap();
    let server = Server::start(&restored).await;
    // Ordinals that were drawn after the backup come again, and must not come with the same seeds.
    let (_, epochs) = server.client().get("/v1/epochs").await;
    let phases: Vec<_> = epochs["items"].as_array().unwrap().iter().map(|epoch| &epoch["state"]).collect();
    assert_eq!(phases, ["announced", "current", "abandoned", "abandoned"], "{epochs:#}");
    let (_, record) = server.operator().get("/v1/operator/audit?what=abandon_epochs").await;
    assert_eq!(record["items"].as_array().unwrap().len(), 1, "{record:#}");
    assert_eq!(record["items"][0]["actor"], "local", "{record:#}");
    for number in 0..CLIENTS {
        let player = format!("/v1/campaigns/counted/players/player-{number}");
        let before = server.client().get(&player).await.1["made"]["total"].as_u64().unwrap();
        let (status, draw) = server.client().draw("counted", &format!("player-{number}"), &new_key()).await;
        assert_eq!((status, draw["ordinal"].as_u64()), (StatusCode::CREATED, Some(before + 1)), "{draw:#}");
    }
    server.kill();
    invariants::check(&restored).await;
    invariants::no_chance_is_lost(&restored, "counted").await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_backup_is_its_owner_s_and_nothing_else_is_restored() {
    use std::os::unix::fs::PermissionsExt;
    let (data, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let copy = elsewhere.path().join("copy");
    Server::start(data.path()).await.kill();
    assert!(run("backup", &copy, data.path()).await.status.success());
    assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 1, "no partial file is left");
    // A plain copy of a file says nothing of being one, and half a copy is none.
    let (plain, half) = (elsewhere.path().join("plain"), elsewhere.path().join("half"));
    std::fs::copy(data.path().join("tombola.db"), &plain).unwrap();
    let whole = std::fs::read(&copy).unwrap();
    std::fs::write(&half, &whole[..whole.len() / 2]).unwrap();
    let restored = elsewhere.path().join("restored");
    for file in [&plain, &half, &elsewhere.path().join("none")] {
        assert_eq!(run("restore", file, &restored).await.status.code(), Some(1), "{}", file.display());
        assert_eq!(std::fs::read_dir(&restored).unwrap().count(), 0);
    }
}

/// Neither the running host nor its database notices one that was given the wrong key.
#[tokio::test]
async fn a_host_under_another_key_takes_nothing_over() {
    let (data, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let server = Server::start(data.path()).await;
    server.operator().publish("counted", &documents::counted("counted", 4)).await;
    let key = elsewhere.path().join("host.key");
    std::fs::write(&key, "5a".repeat(32)).unwrap();
    let mut other = Command::new(env!("CARGO_BIN_EXE_tombola"));
    other.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data.path()).arg("--host-key-file").arg(&key);
    let refused = tokio::task::spawn_blocking(move || other.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("does not open under this host's key"), "{said}");
    let (status, draw) = server.client().draw("counted", "ann", &new_key()).await;
    assert_eq!(status, StatusCode::CREATED, "{draw:#}");
    let (_, keys) = server.client().get("/v1/keys").await;
    assert_eq!(keys["items"].as_array().map(Vec::len), Some(1), "{keys:#}");
}

pub(crate) async fn run(verb: &'static str, file: &Path, data: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tombola"));
    command.arg(verb).arg(file).arg("--data").arg(data);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// A byte anywhere, of a page, of a value or of the checksum, and an end that is missing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_has_changed_is_refused() {
    let (data, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let server = Server::start(data.path()).await;
    server.client().draw("spring", "somebody-in-particular", "key").await;
    let copy = elsewhere.path().join("copy");
    assert!(run("backup", &copy, data.path()).await.status.success());
    server.kill();
    let whole = std::fs::read(&copy).unwrap();
    let value = whole.windows(22).position(|bytes| bytes == b"somebody-in-particular").unwrap();
    let restored = elsewhere.path().join("restored");
    let refused = async |bytes: &[u8]| {
        std::fs::write(&copy, bytes).unwrap();
        let output = run("restore", &copy, &restored).await;
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert_eq!(std::fs::read_dir(&restored).unwrap().count(), 0);
        String::from_utf8(output.stderr).unwrap()
    };
    for place in [value + 3, whole.len() / 2, whole.len() / 3, whole.len() - 49, whole.len() - 40, whole.len() - 1] {
        let mut altered = whole.clone();
        altered[place] ^= 1;
        let told = refused(&altered).await;
        let expected =
            if place >= whole.len() - 48 && place < whole.len() - 32 { "cut off or altered" } else { "checksum" };
        assert!(told.contains(expected), "{place} of {}: {told}", whole.len());
    }
    let told = refused(&whole[..whole.len() - 1]).await;
    assert!(told.contains("cut off"), "{told}");
    std::fs::write(&copy, &whole).unwrap();
    assert!(run("restore", &copy, &restored).await.status.success());
}
