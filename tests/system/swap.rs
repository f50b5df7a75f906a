//! New rules without a restart: an operator builds the rule of the SDK's README, uploads it and publishes a revision with it,
//! while clients draw without pause.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use reqwest::{Method, StatusCode};
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::harness::{Server, answer, new_key};
use crate::rules::build_from_readme;

const BEFORE: &str = "campaign: swap\ntitle: Swap\nwindow: {opens: 2020-01-01T00:00:00Z}\n\
    prizes: [{id: points, title: Points, stock: unlimited}, {id: mug, title: Mug, stock: unlimited}]\n\
    pools: {default: {points: 1}, better: {mug: 1}}\n\
    guards: [{id: tiers, rule: weight-tier@1, config: {fact: player.draws.total, tiers: [{from: 1000000, pool: better}]}}]\n";
const AFTER: &str = "rule: gradual@1, config: {pool: better, buckets: 1000}}]\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_rule_goes_live_and_back_under_load() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let operator = server.operator();
    assert_eq!(operator.publish("swap", BEFORE).await, 1);
    let load = Load::start(&server);

    let component = build_from_readme("gradual", str::to_owned).await;
    let (status, module) = operator.upload(component).await;
    assert_eq!(status, StatusCode::CREATED, "{module:#}");
    assert_eq!(module["name"], "gradual");

    load.let_it_run().await;
    let (head, _) = BEFORE.split_once("rule: ").unwrap();
    let after = head.to_owned() + AFTER;
    assert_eq!(operator.publish("swap", &after).await, 2);
    load.expect_from_now_on(2);
    load.let_it_run().await;

    load.expect_from_now_on(EITHER);
    let request = operator.request(Method::POST, "/v1/operator/campaigns/swap/rollback");
    let request = request.header("Idempotency-Key", new_key()).header("If-Match", "\"2\"").json(&json!({"to": 1}));
    let (status, rolled) = answer(request).await.unwrap();
    assert_eq!((status, &rolled["revision"]), (StatusCode::OK, &json!(1)), "{rolled:#}");
    load.expect_from_now_on(1);
    load.let_it_run().await;

    let drawn = load.stop().await;
    assert!(drawn.iter().all(|count| *count > 50), "each revision was drawn on: {drawn:?}");
    server.kill();
    crate::invariants::check(data.path()).await;
}

/// While a change is under way either revision may run.
const EITHER: u64 = 0;

/// Clients that draw until they are told to stop. Each draw that begins after `expect_from_now_on(revision)` must run on it.
struct Load {
    tasks: JoinSet<[u64; 2]>,
    expected: Arc<AtomicU64>,
    drawn: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl Load {
    fn start(server: &Server) -> Self {
        let (expected, drawn, stop) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default(), Arc::default());
        let mut tasks = JoinSet::new();
        for number in 0..16 {
            let client = server.client();
            let (expected, drawn, stop) = (Arc::clone(&expected), Arc::clone(&drawn), Arc::clone(&stop));
            tasks.spawn(async move {
                let mut counts = [0, 0];
                while !AtomicBool::load(&stop, Ordering::SeqCst) {
                    let before = expected.load(Ordering::SeqCst);
                    let (status, draw) = client.draw("swap", &format!("player-{number}"), &new_key()).await;
                    assert_eq!(status, StatusCode::CREATED, "{draw:#}");
                    let revision = draw["revision"].as_u64().unwrap();
                    // A change that was asked for meanwhile may have come first.
                    if before != EITHER && before == expected.load(Ordering::SeqCst) {
                        assert_eq!(revision, before, "begun after revision {before} was answered to be live");
                    }
                    let prize = if revision == 2 { "mug" } else { "points" };
                    assert_eq!(draw["outcome"]["prize"], prize);
                    counts[usize::try_from(revision - 1).unwrap()] += 1;
                    drawn.fetch_add(1, Ordering::SeqCst);
                }
                counts
            });
        }
        Self { tasks, expected, drawn, stop }
    }

    fn expect_from_now_on(&self, revision: u64) {
        self.expected.store(revision, Ordering::SeqCst);
    }

    /// Waits until two hundred more draws were answered.
    async fn let_it_run(&self) {
        let enough = self.drawn.load(Ordering::SeqCst) + 200;
        while self.drawn.load(Ordering::SeqCst) < enough {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    async fn stop(self) -> [u64; 2] {
        self.stop.store(true, Ordering::SeqCst);
        let counts = self.tasks.join_all().await;
        counts.into_iter().fold([0, 0], |sum, counts| [sum[0] + counts[0], sum[1] + counts[1]])
    }
}
