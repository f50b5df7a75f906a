//! Chances that lapse, over HTTP and by the program.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;
use tombola_app::clock::{Clock, SystemClock};

use crate::harness::Server;
use crate::players::exported;
use crate::{documents, invariants};

const CAMPAIGN: &str = "lapsing";
/// Long enough to be given and drawn with, and short enough to be waited for.
const SOON: Duration = Duration::from_secs(10);
/// How long it may take until a host of a busy machine tells so.
const PATIENCE: Duration = Duration::from_mins(1);

async fn player(server: &Server) -> Value {
    server.client().get(&format!("/v1/campaigns/{CAMPAIGN}/players/alice")).await.1
}

/// Waits until no more than so many lots are left.
async fn lapsed_to(server: &Server, lots: usize) {
    let looking = async {
        while player(server).await["chances_lapsing"].as_array().unwrap().len() > lots {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.expect("it lapses");
}

/// The soonest first, and not once they have; what is told, listed and given out of them says when.
#[tokio::test]
async fn chances_are_used_until_they_lapse() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let document = format!("{}chances: {{granted: 1, lifetime_days: 30}}\n", documents::stocked(CAMPAIGN, 99));
    server.operator().publish(CAMPAIGN, &document).await;
    let path = format!("/v1/operator/campaigns/{CAMPAIGN}/players/alice/chances");
    for (lapses_at, code) in [("2020-01-01T00:00:00Z", "grant-lapsed"), ("soon", "body-invalid")] {
        let (status, problem) = server.operator().post(&path, &json!({"add": 1, "lapses_at": lapses_at})).await;
        assert_eq!((status, problem["code"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some(code)), "{problem:#}");
    }
    let told = server.told(&["ledger", "chances", CAMPAIGN, "alice", "2", "--lapses-at", "2099-01-01T00:00:00+08:00"]);
    assert!(told.contains("; 2 were given in all"), "{told}");
    let soon = SystemClock.now().plus(SOON).to_string();
    let (status, granted) = server.operator().post(&path, &json!({"add": 3, "lapses_at": soon})).await;
    assert_eq!((status, &granted["added"]), (StatusCode::OK, &json!(5)), "{granted:#}");
    let (_, granted) = server.operator().post(&path, &json!({"add": 1})).await;
    assert_eq!(granted["added"], 6, "{granted:#}");
    let (_, listed) = server.operator().get(&path).await;
    let month: Vec<_> = listed["items"].as_array().unwrap().iter().filter(|one| one["amount"] == 1).collect();
    let in_a_month = month[0]["lapses_at"].as_str().unwrap().to_owned();
    assert!(in_a_month.ends_with("T00:00:00.000Z"), "{listed:#}");

    assert_eq!(server.client().draw(CAMPAIGN, "alice", "1").await.0, StatusCode::CREATED);
    let seen = player(&server).await;
    let lot = |amount: u64, lapses_at: &str| json!({"amount": amount, "lapses_at": lapses_at});
    let lots = json!([lot(2, &soon), lot(1, &in_a_month), lot(2, "2098-12-31T16:00:00.000Z")]);
    assert_eq!((&seen["chances_lapsing"], &seen["chances"]), (&lots, &json!(6)), "{seen:#}");
    lapsed_to(&server, 2).await;
    assert_eq!(player(&server).await["chances"], 4);
    let (status, problem) = server.client().draw_many(CAMPAIGN, "alice", "2", 5).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("chances-exhausted")), "{problem:#}");
    assert_eq!(server.client().draw_many(CAMPAIGN, "alice", "3", 4).await.0, StatusCode::CREATED);
    let lines = exported(&server, "alice").await;
    let lapse = lines.iter().find(|line| line["why"] == "lapse").unwrap();
    assert_eq!((&lapse["kind"], &lapse["amount"]), (&json!("chances"), &json!(-2)), "{lines:#?}");
    let participation = lines.iter().find(|line| line["kind"] == "participation").unwrap();
    assert_eq!(participation["chance_lots"][0], json!({"lapses_at": in_a_month, "left": 1}), "{lines:#?}");
    let (_, pass) = server.operator().post("/v1/operator/reconciliation", &json!({})).await;
    assert_eq!(pass["found"], 0, "{pass:#}");
    server.kill();
    invariants::check(data.path()).await;
}
