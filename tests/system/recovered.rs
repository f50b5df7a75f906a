//! A whole server that is lost, and brought back from a copy and from what it kept of what it wrote since, to a moment before the loss.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;
use tombola_servers::Postgres;

use crate::audit::key;
use crate::copied::{copy, export_and_verify, told};
use crate::harness::Server;
use crate::reconcile::reconcile;

/// Draws before the copy, behind it up to the moment, and behind that.
const DRAWS: usize = 20;
/// The name of the moment.
const MOMENT: &str = "the moment";

async fn draw(server: &Server, part: &str) -> Vec<Value> {
    let mut drawn = Vec::new();
    for number in 0..DRAWS {
        let (status, draw) =
            server.client().draw("spring", &format!("player-{number}"), &format!("{part}-{number}")).await;
        assert_eq!(status, StatusCode::CREATED, "{draw:#}");
        drawn.push(draw);
    }
    drawn
}

/// What was answered up to the moment is as it was, what came later is gone, and nothing is drawn again under the same secret.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_comes_back_as_it_was_at_a_moment() {
    let (data, primary) = (TempDir::new().unwrap(), Postgres::start_archiving());
    let demo = Server::start(data.path()).await;
    demo.kill();
    let copied = copy(data.path(), &primary.url("postgres"), &[]);
    assert!(copied.status.success(), "{}", told(&copied));
    let server = Server::serve_database(data.path(), &primary.url("postgres")).await;
    let key = key(&server).await;
    let mut kept = draw(&server, "before").await;
    let backup = tokio::task::block_in_place(|| primary.back_up());
    kept.extend(draw(&server, "behind").await);
    tokio::task::block_in_place(|| primary.mark(MOMENT));
    let lost = draw(&server, "lost").await;
    server.kill();
    let restored = tokio::task::block_in_place(|| {
        primary.crash();
        backup.recover(&primary, MOMENT)
    });

    let server = Server::serve_database(data.path(), &restored.url("postgres")).await;
    let client = server.client();
    for (place, before) in kept.iter().enumerate() {
        let part = if place < DRAWS { "before" } else { "behind" };
        let number = place % DRAWS;
        let again = client.draw("spring", &format!("player-{number}"), &format!("{part}-{number}")).await;
        assert_eq!(again, (StatusCode::OK, before.clone()));
    }
    for before in &lost {
        assert_eq!(client.drawn(before["id"].as_str().unwrap()).await.0, StatusCode::NOT_FOUND);
    }
    for (anew, before) in draw(&server, "lost").await.iter().zip(&lost) {
        assert_eq!(anew["ordinal"], before["ordinal"]);
        assert_ne!(anew["id"], before["id"], "another secret gives another draw");
    }
    let (_, epochs) = client.get("/v1/epochs").await;
    let phases: Vec<_> = epochs["items"].as_array().unwrap().iter().map(|epoch| &epoch["state"]).collect();
    assert_eq!(phases, ["announced", "current", "abandoned", "abandoned", "abandoned", "abandoned"], "{epochs:#}");
    let pass = reconcile(&server.operator()).await;
    assert_eq!((&pass["found"], &pass["open"]), (&json!(0), &json!(0)), "{pass:#}");
    let there = ["--database", &restored.url("postgres"), "--data", data.path().to_str().unwrap()];
    let (code, counts) = export_and_verify(&there, data.path(), &key);
    let counts: Value = serde_json::from_str(&counts).unwrap();
    assert_eq!((code, &counts["authentic"]), (Some(0), &json!(3 * DRAWS)), "{counts:#}");
}
