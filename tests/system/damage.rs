//! Damage in one row harms whoever that row is of, and nobody else.

use reqwest::StatusCode;
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::harness::{Server, new_key};
use crate::invariants;
use crate::reconcile::{plant, reconcile};

const CAMPAIGN: &str = "harmed";
const DOCUMENT: &str = "campaign: harmed\ntitle: Harmed\nwindow: {opens: 2020-01-01T00:00:00Z}\n\
    prizes: [{id: coins, title: Coins, stock: unlimited, deliver: {points: 3}}]\npools: {default: {coins: 1}}\n\
    skus: [{id: one, title: One more, chances: 1, price: {unit: points, amount: 1}, stock: 1000}]\nchances: {granted: 1000}\n";
const PLAYERS: usize = 64;
/// The next draw of the player whose is damaged has an ordinal that is there.
const HARM: &str = "UPDATE participations SET draws = draws - 1 WHERE player = 'p7'";
const MEND: &str = "UPDATE participations SET draws = draws + 1 WHERE player = 'p7'";
const SHOP: &str = "/v1/campaigns/harmed/orders";

/// All of them draw at once; answers by player.
async fn draw_together(server: &Server) -> Vec<(StatusCode, serde_json::Value)> {
    let mut draws = JoinSet::new();
    for player in 0..PLAYERS {
        let client = server.client();
        draws.spawn(async move { (player, client.draw(CAMPAIGN, &format!("p{player}"), &new_key()).await) });
    }
    let mut answers = draws.join_all().await;
    answers.sort_unstable_by_key(|(player, _)| *player);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_damaged_player_fails_no_other_s_draw() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let operator = server.operator();
    operator.publish(CAMPAIGN, DOCUMENT).await;
    assert!(draw_together(&server).await.iter().all(|(status, _)| *status == StatusCode::CREATED));
    plant(data.path(), HARM).await;
    for _ in 0..3 {
        for (player, (status, answer)) in draw_together(&server).await.into_iter().enumerate() {
            if player == 7 {
                assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{answer:#}");
                assert_eq!(
                    [&answer["code"], &answer["retryable"]],
                    [&json!("store-damaged"), &json!(false)],
                    "{answer:#}"
                );
                assert!(!answer.to_string().contains("p7"), "it names no row: {answer:#}");
            } else {
                assert_eq!(status, StatusCode::CREATED, "{player}: {answer:#}");
            }
        }
    }
    let (status, _) = operator.get("/readyz").await;
    assert_eq!(status, StatusCode::OK, "a host with a damaged row serves");
    let metrics = operator.request(reqwest::Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("tombola_commit_failures_total{of=\"draws\"} 0"), "no batch fails as a whole: {metrics}");
    let pass = reconcile(&operator).await;
    assert_eq!([&pass["found"], &pass["open"]], [1, 1], "{pass:#}");
    plant(data.path(), MEND).await;
    assert!(draw_together(&server).await.iter().all(|(status, _)| *status == StatusCode::CREATED));
    assert_eq!(reconcile(&operator).await["open"], 0);
    server.kill();
    invariants::check(data.path()).await;
}

/// A row that can't be read is told of by the pass, the log and the list, and what has drifted behind it as well.
#[tokio::test]
async fn a_pass_tells_what_can_t_be_read() {
    let data = TempDir::new().unwrap();
    let log = data.path().join("log");
    let mut program = Server::program(data.path());
    program.stderr(std::fs::File::create(&log).unwrap());
    let server = Server::start_by(program).await;
    let operator = server.operator();
    operator.publish(CAMPAIGN, DOCUMENT).await;
    assert!(draw_together(&server).await.iter().all(|(status, _)| *status == StatusCode::CREATED));
    let (status, order) = server.client().post(SHOP, &json!({"player": "p9", "sku": "one"})).await;
    assert_eq!(status, StatusCode::CREATED, "{order:#}");
    assert_eq!(reconcile(&operator).await["found"], 0);
    plant(
        data.path(),
        "UPDATE awards SET deliver = '{' WHERE position = 1; UPDATE stock SET issued = issued + 1 WHERE prize = 'one'",
    )
    .await;
    let pass = reconcile(&operator).await;
    assert_eq!([&pass["found"], &pass["new"], &pass["open"]], [2, 2, 2], "{pass:#}");
    let (_, list) = operator.get("/v1/operator/reconciliation").await;
    let [damage, stock] = &list["items"].as_array().unwrap()[..] else { panic!("{list:#}") };
    assert_eq!([&damage["comparison"], &damage["subject"]], ["damage", "awards/1"], "{list:#}");
    assert_eq!(damage["evidence"], json!({"reason": "(code: 1) malformed JSON"}));
    assert_eq!([&stock["comparison"], &stock["subject"]], ["stock", "harmed/one"], "{list:#}");
    server.kill();
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.lines().any(|line| line.contains("ERROR") && line.contains("awards/1")), "{log}");
    plant(
        data.path(),
        "UPDATE awards SET deliver = (SELECT deliver FROM awards WHERE position > 1 AND deliver <> '{') WHERE position = 1; UPDATE stock SET issued = issued - 1 WHERE prize = 'one'",
    )
    .await;
    invariants::check(data.path()).await;
}
