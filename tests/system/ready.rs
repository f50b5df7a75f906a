//! What a host says of itself that can't serve. How it is with a disk that fails is told in `disk`.

use reqwest::StatusCode;
use serde_json::json;
use tempfile::TempDir;

use crate::documents;
use crate::harness::{Server, new_key};

#[tokio::test]
async fn a_host_whose_database_was_taken_over_says_so_and_ends() {
    let data = TempDir::new().unwrap();
    let first = Server::start(data.path()).await;
    assert_eq!(first.stranger(None).get("/readyz").await.0, StatusCode::OK);
    let second = Server::start(data.path()).await;
    // Nobody draws: it is told by reading.
    let (status, problem) = first.stranger(None).get("/readyz").await;
    assert_eq!((status, &problem["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("store-lost")), "{problem:#}");
    assert!(!first.ended().await.success());
    assert_eq!(second.stranger(None).get("/readyz").await.0, StatusCode::OK);
    assert_eq!(second.client().draw("spring", "alice", &new_key()).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn a_host_that_can_t_compile_its_rules_says_so() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    server.operator().publish("stocked", &documents::stocked("stocked", 10)).await;
    server.kill();
    std::fs::remove_dir_all(data.path().join("native-code")).unwrap();
    // Rules are compiled by the program's own file, which is gone once it runs.
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("tombola");
    std::fs::copy(env!("CARGO_BIN_EXE_tombola"), &file).unwrap();
    let server = Server::start_deleted(&file, data.path()).await;
    let (status, problem) = server.stranger(None).get("/readyz").await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("campaign-not-ready")),
        "{problem:#}"
    );
    let (status, problem) = server.client().draw("stocked", "alice", "once").await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("campaign-not-ready")),
        "{problem:#}"
    );
    server.kill();
    let server = Server::start(data.path()).await;
    assert_eq!(server.stranger(None).get("/readyz").await.0, StatusCode::OK);
    assert_eq!(server.client().draw("stocked", "alice", "once").await.1["ordinal"], 1);
}
