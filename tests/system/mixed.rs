//! Draws, orders, events and deliveries at once, on a server that is killed among them: everything that was acknowledged is there
//! once, everything that is promised arrives, and what is kept twice agrees.

use std::path::Path;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tombola_app::clock::{Clock, SystemClock};

use crate::dice::Dice;
use crate::harness::{Caller, answer};
use crate::receiver::{self, Receiver, start};
use crate::{documents, invariants};

pub(crate) const CAMPAIGN: &str = "mixed";
const CLIENTS: u64 = 6;
const PLAYERS: u64 = 12;
/// How long a load goes on before its server is killed, at most.
const LOAD_MAX: Duration = Duration::from_millis(900);
/// How long what is promised may take to arrive once nothing is killed any more.
const PATIENCE: Duration = Duration::from_mins(2);

/// A request that may be repeated, and what it was answered, if anything.
#[derive(Clone)]
struct Asked {
    path: String,
    key: Option<String>,
    body: Value,
    told: Option<Value>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_done_twice_in_a_mixed_load() {
    rounds(20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: `make soak`"]
async fn soak_nothing_is_lost_or_done_twice_in_a_mixed_load() {
    rounds(120).await;
}

/// Prizes of every kind of delivery, a budget that is spent on the way, and rebates of every kind of reward.
fn document() -> String {
    format!(
        "campaign: {CAMPAIGN}\ntitle: Mixed\nwindow: {{opens: 2020-01-01T00:00:00Z}}\nchances: {{granted: {}}}\n\
         budget: {{unit: points}}\nprizes:\n\
         - {{id: mug, title: Mug, stock: 300, deliver: {{webhook: crm}}}}\n\
         - {{id: cash, title: Cash, stock: unlimited, value: 2, deliver: {{points: 2}}}}\n\
         - {{id: more, title: More, stock: unlimited, deliver: {{chances: 2}}}}\n\
         - {{id: coupon, title: Coupon, deliver: {{codes: shop}}}}\n\
         skus: [{{id: five, title: Five more, chances: 5, price: {{unit: points, amount: 5}}, stock: 150}}]\n\
         pools: {{default: {{mug: 1, cash: 1, more: 1, coupon: 1}}}}\n\
         trees: {{default: {{root: give, nodes: {{give: {{grant: drawn, sold_out: nothing}}}}}}}}\n\
         events: {{purchase: {{attributes: {{paid: {{type: integer, minimum: 0}}}}}}}}\nrebates:\n\
         - {{id: cashback, on: purchase, rule: purchase-rebate@1, config: {{attribute: paid, per_mille: 50, unit: points}}}}\n\
         - {{id: third, on: purchase, rule: milestone@1, config: {{every: 3, rewards: [{{chances: 1}}, {{prize: mug}}]}}}}\n\
         - {{id: bring, on: purchase, rule: referral@1, config: {{referrer: [{{unit: points, amount: 7}}]}}}}\n",
        documents::GRANTED
    )
}

pub(crate) async fn furnish(operator: &Caller, receiver: &Receiver) {
    receiver::put(operator, receiver).await;
    let (status, pool) = operator.put("/v1/operator/code-pools/shop", &json!({"low_water": 10})).await;
    assert!(status.is_success(), "{pool:#}");
    let codes: Vec<_> = (0..200).map(|number| format!("CODE-{number:05}")).collect();
    let load = operator.request(Method::POST, "/v1/operator/code-pools/shop/codes").header("Idempotency-Key", "codes");
    let (status, loaded) = answer(load.header("Content-Type", "text/csv").body(codes.join("\n"))).await.unwrap();
    assert!(status.is_success(), "{loaded:#}");
    operator.publish(CAMPAIGN, &document()).await;
    let budget = format!("/v1/operator/campaigns/{CAMPAIGN}/budget");
    let (status, filled) = operator.post(&budget, &json!({"unit": "points", "add": 2_000})).await;
    assert_eq!(status, StatusCode::OK, "{filled:#}");
}

impl Asked {
    fn new(round: u64, number: u64, count: u64, dice: &mut Dice) -> Self {
        let player = format!("player-{}", dice.below(PLAYERS));
        let name = format!("{round}-{number}-{count}");
        let campaign = |what: &str| format!("/v1/campaigns/{CAMPAIGN}/{what}");
        let (path, key, body) = match dice.below(5) {
            0 | 1 => (campaign("draws"), Some(name), json!({"player": player})),
            2 => (campaign("orders"), Some(name), json!({"player": player, "sku": "five"})),
            _ => {
                let referrer = format!("referrer-{}", dice.below(PLAYERS));
                let attributes = json!({"paid": dice.below(400)});
                let event = json!({"id": name, "type": "purchase", "player": player, "referrer": referrer, "attributes": attributes});
                ("/v1/events".to_owned(), None, event)
            }
        };
        Self { path, key, body, told: None }
    }

    async fn ask(&self, client: &Caller) -> Option<(StatusCode, Value)> {
        let request = client.request(Method::POST, &self.path).json(&self.body);
        answer(match &self.key {
            Some(key) => request.header("Idempotency-Key", key),
            None => request,
        })
        .await
    }

    /// Asks once more: what was acknowledged is answered again, and anything else is done now, or refused.
    async fn settle(&mut self, client: &Caller) {
        let (status, body) = self.ask(client).await.expect("an answer");
        match &self.told {
            Some(told) => assert_eq!((status, &essence(&body)), (StatusCode::OK, told), "{}", self.path),
            None if status.is_success() => self.told = Some(essence(&body)),
            None => assert_eq!(status, StatusCode::CONFLICT, "{body:#}"),
        }
    }
}

/// What of an answer stays the same for ever.
fn essence(answer: &Value) -> Value {
    json!([answer["id"], answer["outcome"], answer["price"], answer["campaigns"]])
}

/// Asks until the server is gone.
async fn load(client: Caller, round: u64, number: u64, mut dice: Dice) -> Vec<Asked> {
    let mut asked = Vec::new();
    for count in 0.. {
        let mut one = Asked::new(round, number, count, &mut dice);
        let answered = one.ask(&client).await;
        let is_gone = answered.is_none();
        match answered {
            Some((status, body)) if status.is_success() => one.told = Some(essence(&body)),
            // Refused, and not remembered; or to be repeated.
            Some((status, body)) => assert!(status == StatusCode::CONFLICT || body["retryable"] == true, "{body:#}"),
            None => {}
        }
        asked.push(one);
        if is_gone {
            break;
        }
    }
    asked
}

async fn rounds(count: u64) {
    let (data, receiver) = (TempDir::new().unwrap(), Receiver::start().await);
    let mut dice = Dice::of_this_process();
    let mut server = start(data.path()).await;
    furnish(&server.operator(), &receiver).await;
    let mut told = 0;
    for round in 0..count {
        give_for_a_while(&server.operator(), &mut dice).await;
        let mut clients = JoinSet::new();
        for number in 0..CLIENTS {
            clients.spawn(load(server.client(), round, number, dice.again()));
        }
        tokio::time::sleep(dice.up_to(LOAD_MAX)).await;
        server.kill();
        let mut asked = clients.join_all().await.concat();
        invariants::check(data.path()).await;
        server = start(data.path()).await;
        let client = server.client();
        for one in &mut asked {
            one.settle(&client).await;
        }
        told += asked.iter().filter(|one| one.told.is_some()).count();
    }
    all_arrives(data.path()).await;
    let (status, pass) = server.operator().post("/v1/operator/reconciliation", &json!({})).await;
    assert_eq!((status, &pass["open"]), (StatusCode::OK, &json!(0)), "{pass:#}");
    let (_, failed) = server.operator().get(&format!("/v1/operator/awards?state=failed&campaign={CAMPAIGN}")).await;
    assert_eq!(failed["items"], json!([]));
    server.kill();
    invariants::check(data.path()).await;
    assert!(told > 100, "the load was real: {told}");
    assert!(invariants::lapses(data.path()).await > 0, "chances lapsed");
    let mugs = invariants::issued(data.path(), CAMPAIGN, "mug").await;
    assert_eq!(i64::try_from(receiver.seen().len()).unwrap(), mugs, "each mug was told of under one id");
}

/// Gives everybody chances, most of which lapse while the load goes on.
async fn give_for_a_while(operator: &Caller, dice: &mut Dice) {
    for number in 0..PLAYERS {
        let lapses_at = SystemClock.now().plus(Duration::from_millis(200) + dice.up_to(LOAD_MAX)).to_string();
        let path = format!("/v1/operator/campaigns/{CAMPAIGN}/players/player-{number}/chances");
        let (status, granted) = operator.post(&path, &json!({"add": 3, "lapses_at": lapses_at})).await;
        // A machine that is busy may be later than that.
        assert!(status == StatusCode::OK || granted["code"] == "grant-lapsed", "{granted:#}");
    }
}

/// Waits until no task is left.
async fn all_arrives(data: &Path) {
    let waiting = async {
        while invariants::tasks(data).await > 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("everything arrives");
}
