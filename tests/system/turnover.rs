//! Rules that come and go: each cycle uploads a module that was never seen before, publishes a revision that uses it, and draws
//! on it, which retires the one before. What the server holds does not grow with how many there have been.

use reqwest::StatusCode;
use tempfile::TempDir;

use crate::harness::{Server, new_key};

/// What the server holds after some cycles.
#[derive(Debug)]
struct Held {
    resident_bytes: u64,
    files: usize,
    threads: usize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_that_are_retired_are_let_go() {
    // Too few cycles to tell little by little from noise: a server that kept what it compiles would hold twice as much.
    turnover(100, 150, 15).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes an hour: `make soak`"]
async fn soak_ten_thousand_rules_are_let_go() {
    turnover(1_000, 10_000, 2).await;
}

/// The resident memory after `cycles` is at most `percent` above that after `warm_up` of them.
async fn turnover(warm_up: u64, cycles: u64, percent: u64) {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    for cycle in 0..warm_up {
        run(&server, cycle).await;
    }
    let before = held(&server, warm_up);
    for cycle in warm_up..cycles {
        run(&server, cycle).await;
        if cycle % (cycles / 10) == 0 {
            held(&server, cycle);
        }
    }
    let after = held(&server, cycles);
    println!("at most {} KiB at any time", server.memory_bytes("VmHWM") >> 10);
    assert!(after.resident_bytes * 100 <= before.resident_bytes * (100 + percent), "{before:?} {after:?}");
    assert!(after.threads <= before.threads + THREADS_MORE_MAX, "{before:?} {after:?}");
    assert!(after.files <= before.files + FILES_MORE_MAX, "{before:?} {after:?}");
}

/// Threads that blocking work may have started meanwhile, and which end when they are idle.
const THREADS_MORE_MAX: usize = 16;
/// Connections that may be open at one moment and not at another, and what compiling processes are spoken to by.
const FILES_MORE_MAX: usize = 16;

fn held(server: &Server, cycle: u64) -> Held {
    let resident_bytes = server.memory_bytes("VmRSS");
    let held = Held { resident_bytes, files: server.entries("fd"), threads: server.entries("task") };
    println!("{cycle} cycles: {} KiB, {} files, {} threads", held.resident_bytes >> 10, held.files, held.threads);
    held
}

async fn run(server: &Server, cycle: u64) {
    let rule = format!("cycle-{cycle}");
    let (status, module) = server.operator().upload(tombola_guests::framed(&rule, "")).await;
    assert_eq!(status, StatusCode::CREATED, "{module:#}");
    let document = format!(
        "campaign: turnover\ntitle: Turnover\nwindow: {{opens: 2020-01-01T00:00:00Z}}\n\
         prizes: [{{id: points, title: Points, stock: unlimited}}, {{id: mug, title: Mug, stock: unlimited}}]\n\
         pools: {{default: {{points: 1}}, better: {{mug: 1}}}}\n\
         guards: [{{id: latest, rule: {rule}@1}}]\n"
    );
    let revision = server.operator().publish("turnover", &document).await;
    assert_eq!(revision, cycle + 1);
    let (status, draw) = server.client().draw("turnover", "alice", &new_key()).await;
    assert_eq!((status, &draw["revision"]), (StatusCode::CREATED, &revision.into()), "{draw:#}");
}
