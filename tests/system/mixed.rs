//! Draws, orders, events and deliveries at once, on a server that is killed among them: everything that was acknowledged is there
//! once, everything that is promised arrives, and what is kept twice agrees.

mod asked;
mod books;
mod corrections;
mod targets;

use std::path::Path;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinSet;
use tombola_app::clock::{Clock, SystemClock};

use self::asked::{Asked, Callers, Deed, settle};
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
/// What there is of the SKU in the beginning.
const FIVES: i64 = 150;
/// The same of the prize whose stock is counted.
const MUGS: i64 = 300;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_done_twice_in_a_mixed_load() {
    rounds(20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: `make soak`"]
async fn soak_nothing_is_lost_or_done_twice_in_a_mixed_load() {
    rounds(120).await;
}

/// Prizes of every kind of delivery, a budget that is spent on the way, and rebates of every kind of reward. Players begin with so many
/// chances.
fn document(campaign: &str, granted: u32, shortfall: &str) -> String {
    format!(
        "campaign: {campaign}\ntitle: Mixed\nwindow: {{opens: 2020-01-01T00:00:00Z}}\nchances: {{granted: {granted}}}\n\
         budget: {{unit: points}}\nshortfall: {shortfall}\nprizes:\n\
         - {{id: mug, title: Mug, stock: {MUGS}, deliver: {{webhook: crm}}}}\n\
         - {{id: cash, title: Cash, stock: unlimited, value: 2, deliver: {{points: 2}}}}\n\
         - {{id: more, title: More, stock: unlimited, deliver: {{chances: 2}}}}\n\
         - {{id: coupon, title: Coupon, deliver: {{codes: shop}}}}\n\
         skus: [{{id: five, title: Five more, chances: 5, price: {{unit: points, amount: 5}}, stock: {FIVES}}}]\n\
         pools: {{default: {{mug: 1, cash: 1, more: 1, coupon: 1}}}}\n\
         trees: {{default: {{root: give, nodes: {{give: {{grant: drawn, sold_out: nothing}}}}}}}}\n\
         events: {{purchase: {{attributes: {{paid: {{type: integer, minimum: 0}}}}}}}}\nrebates:\n\
         - {{id: cashback, on: purchase, rule: purchase-rebate@1, config: {{attribute: paid, per_mille: 50, unit: points}}}}\n\
         - {{id: third, on: purchase, rule: milestone@1, config: {{every: 3, rewards: [{{chances: 1}}, {{prize: mug}}, {{prize: cash}}]}}}}\n\
         - {{id: bring, on: purchase, rule: referral@1, config: {{referrer: [{{unit: points, amount: 7}}]}}}}\n"
    )
}

pub(crate) async fn furnish(operator: &Caller, receiver: &Receiver) {
    supply(operator, receiver).await;
    open(operator, CAMPAIGN, &document(CAMPAIGN, documents::GRANTED, "debt"), 2_000).await;
}

/// Where prizes go and codes come from.
async fn supply(operator: &Caller, receiver: &Receiver) {
    receiver::put(operator, receiver).await;
    let (status, pool) = operator.put("/v1/operator/code-pools/shop", &json!({"low_water": 10})).await;
    assert!(status.is_success(), "{pool:#}");
    let codes: Vec<_> = (0..200).map(|number| format!("CODE-{number:05}")).collect();
    let load = operator.request(Method::POST, "/v1/operator/code-pools/shop/codes").header("Idempotency-Key", "codes");
    let (status, loaded) = answer(load.header("Content-Type", "text/csv").body(codes.join("\n"))).await.unwrap();
    assert!(status.is_success(), "{loaded:#}");
}

async fn open(operator: &Caller, campaign: &str, document: &str, budget: i64) {
    operator.publish(campaign, document).await;
    let path = format!("/v1/operator/campaigns/{campaign}/budget");
    let (status, filled) = operator.post(&path, &json!({"unit": "points", "add": budget})).await;
    assert_eq!(status, StatusCode::OK, "{filled:#}");
}

/// What players do.
fn play(campaign: &'static str, dice: &mut Dice) -> Deed {
    let player = player(dice);
    match dice.below(5) {
        0 | 1 => Deed::Draw { campaign, player },
        2 => Deed::Order { campaign, player },
        _ => Deed::Event { player, referrer: format!("referrer-{}", dice.below(PLAYERS)), paid: dice.below(400) },
    }
}

fn player(dice: &mut Dice) -> String {
    format!("player-{}", dice.below(PLAYERS))
}

/// Asks until the server is gone.
async fn load(callers: Callers, round: u64, number: u64, mut dice: Dice) -> Vec<Asked> {
    let mut asked = Vec::new();
    for count in 0.. {
        let mut one = Asked::new(format!("{round}-{number}-{count}"), play(CAMPAIGN, &mut dice));
        let is_there = one.try_ask(&callers).await;
        asked.push(one);
        if !is_there {
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
            clients.spawn(load(Callers::of(&server), round, number, dice.again()));
        }
        tokio::time::sleep(dice.up_to(LOAD_MAX)).await;
        server.kill();
        let asked = clients.join_all().await.concat();
        invariants::check(data.path()).await;
        server = start(data.path()).await;
        nothing_differs(&server.operator()).await;
        told += settle(&server, asked).await.iter().filter(|one| one.told.is_some()).count();
    }
    all_arrives(data.path()).await;
    nothing_differs(&server.operator()).await;
    nothing_failed(&server.operator(), CAMPAIGN).await;
    server.kill();
    invariants::check(data.path()).await;
    assert!(told > 100, "the load was real: {told}");
    assert!(invariants::lapses(data.path()).await > 0, "chances lapsed");
    let mugs = invariants::issued(data.path(), CAMPAIGN, "mug").await;
    assert_eq!(i64::try_from(receiver.seen().len()).unwrap(), mugs, "each mug was told of under one id");
}

/// One pass finds nothing: neither a difference nor, among the invariants that are checked beside it, an award that waits without a task.
async fn nothing_differs(operator: &Caller) {
    let (status, pass) = operator.post("/v1/operator/reconciliation", &json!({})).await;
    assert_eq!((status, &pass["open"]), (StatusCode::OK, &json!(0)), "{pass:#}");
}

async fn nothing_failed(operator: &Caller, campaign: &str) {
    let (_, failed) = operator.get(&format!("/v1/operator/awards?state=failed&campaign={campaign}")).await;
    assert_eq!(failed["items"], json!([]));
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
