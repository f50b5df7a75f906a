//! What the host gave up to hand over itself, had tried again by the program.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::Server;
use crate::invariants;

const CAMPAIGN: &str = "paying";
/// How long the host may take to hand something over, or to give it up.
const PATIENCE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(100);

/// Waits until so much of the queue of points waits, and so much was given up.
pub(crate) async fn until(server: &Server, waiting: &str, dead: &str) {
    let began = std::time::Instant::now();
    loop {
        let listed = server.told(&["queue", "list"]);
        let line = listed.lines().find(|line| line.starts_with("points")).expect("a line for each queue");
        let told: Vec<_> = line.split_whitespace().collect();
        if (told[1], told[3]) == (waiting, dead) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{listed}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Gives a player as much of a unit as an account can hold: as a prize, since no operator may give as much at once.
pub(crate) async fn fill_account(server: &Server, player: &str, unit: &str) {
    let document = format!(
        "campaign: plenty\ntitle: Plenty\nwindow: {{opens: 2020-01-01T00:00:00Z}}\npools: {{default: {{all: 1}}}}\n\
         prizes: [{{id: all, title: All, stock: unlimited, deliver: {{points: {{unit: {unit}, each: 1}}}}}}]\n\
         trees: {{default: {{root: give, nodes: {{give: {{grant: drawn, amount: {}}}}}}}}}\n",
        (1_i64 << 53) - 1
    );
    server.operator().publish("plenty", &document).await;
    assert_eq!(server.client().draw("plenty", player, "all").await.0, StatusCode::CREATED);
}

/// An account that is full takes no points; once it does, they are handed over when somebody says so, and once.
#[tokio::test]
async fn what_the_host_gave_up_is_tried_again() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let document = format!(
        "campaign: {CAMPAIGN}\ntitle: Paying\nwindow: {{opens: 2020-01-01T00:00:00Z}}\n\
         prizes: [{{id: coins, title: Coins, stock: unlimited, deliver: {{points: 3}}}}]\npools: {{default: {{coins: 1}}}}\n"
    );
    server.operator().publish(CAMPAIGN, &document).await;
    fill_account(&server, "alice", "points").await;
    assert_eq!(server.client().draw(CAMPAIGN, "alice", "1").await.0, StatusCode::CREATED);
    until(&server, "0", "1").await;
    server.told(&["ledger", "give", "alice", "points", "-10", "--reason", "too many"]);
    let retry = ["queue", "retry", "points", "--reason", "there is room"];
    assert_eq!(server.told(&retry), "1 are tried again\n");
    until(&server, "0", "0").await;
    let again: Value = serde_json::from_str(&server.told(&[&retry[..], &["--json"]].concat())).unwrap();
    assert_eq!(again, json!({"retried": 0, "left": 0}));
    let (_, balances) = server.client().get("/v1/players/alice/balances").await;
    assert_eq!(balances["items"][0]["balance"], (1_i64 << 53) - 1 - 10 + 3);
    let (_, record) = server.operator().get("/v1/operator/audit?what=retry_awards").await;
    assert_eq!(record["items"][0]["reason"], "there is room", "{record:#}");
    let (_, metrics) = server.operator().get("/metrics").await;
    for result in ["dead", "delivered"] {
        let line = format!("tombola_delivery_in_house_total{{queue=\"points\",result=\"{result}\"}} 1\n");
        assert!(metrics.as_str().unwrap().contains(&line), "{line}");
    }
    server.kill();
    invariants::check(data.path()).await;
}
