//! Several hosts on one database: nothing depends on which of them is asked, nor on whether they are killed or stand still meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::dice::Dice;
use crate::documents;
use crate::fleet::{Fleet, Places, all_are_as_far, hosts, nothing_differs, pause};
use crate::harness::{Server, new_key};

const CAMPAIGN: &str = "stocked";
const STOCK: usize = 1_000;
const CLIENTS: u64 = 64;
/// Between two disturbances, at most.
const QUIET_MAX: Duration = Duration::from_secs(1);

/// In so many draws, of hosts that are killed, and that stand still for so long at most.
async fn exactly_the_stock_is_handed_over(fleet: Fleet, count: u64, silence_max: Duration) {
    let mut dice = Dice::of_this_process();
    let servers = fleet.start_several(3).await;
    servers[0].operator().publish(CAMPAIGN, &documents::stocked(CAMPAIGN, 1_000)).await;
    all_are_as_far(&servers[0].operator()).await;
    let places = Arc::new(Places::of(&servers));
    let (next, done) = (Arc::<AtomicU64>::default(), Arc::new(AtomicBool::new(false)));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (places, next, mut dice) = (Arc::clone(&places), Arc::clone(&next), dice.again());
        clients.spawn(async move {
            let mut drawn = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return drawn;
                }
                drawn.push((number, draw(&places, &mut dice, number).await));
            }
        });
    }
    let disturbed = {
        let (places, done) = (Arc::clone(&places), Arc::clone(&done));
        tokio::spawn(async move {
            let servers = disturb(&fleet, servers, &places, &mut dice.again(), silence_max, &done).await;
            (fleet, servers)
        })
    };
    let drawn: BTreeMap<u64, Value> = clients.join_all().await.into_iter().flatten().collect();
    done.store(true, Ordering::Relaxed);
    let (fleet, _servers) = disturbed.await.unwrap();

    let ids: BTreeSet<&str> = drawn.values().map(|draw| draw["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len() as u64, count, "each key drew once");
    assert_eq!(drawn.values().filter(|draw| draw["outcome"]["prize"] == "phone").count(), STOCK);
    let mut dice = Dice::of_this_process();
    for (number, draw) in &drawn {
        assert_eq!(self::draw(&places, &mut dice, *number).await["id"], draw["id"], "what was acknowledged stays");
    }
    assert_eq!(fleet.number("SELECT count(*) FROM tombola.draws").await.unsigned_abs(), count);
    assert_eq!(fleet.number("SELECT CAST(sum(issued) AS BIGINT) FROM tombola.stock").await, 1_000);
    nothing_differs(&places.any(&mut dice).operator).await;
}

/// The draw of this number, of whichever host answers.
async fn draw(places: &Places, dice: &mut Dice, number: u64) -> Value {
    places.draw(dice, CAMPAIGN, &format!("player-{}", number % 999), &format!("draw-{number}")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hosts_hand_over_exactly_the_stock() {
    exactly_the_stock_is_handed_over(Fleet::new().await, 1_500, Duration::from_secs(3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hosts_behind_a_pooler_hand_over_exactly_the_stock() {
    exactly_the_stock_is_handed_over(Fleet::pooled().await, 1_100, Duration::from_secs(3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: `make soak`"]
async fn soak_three_hosts_hand_over_exactly_the_stock() {
    for _ in 0..10 {
        exactly_the_stock_is_handed_over(Fleet::new().await, 6_000, Duration::from_secs(15)).await;
    }
}

/// Kills hosts, and has them stand still, until it is done. Those that are gone are replaced.
async fn disturb(
    fleet: &Fleet,
    mut servers: Vec<Server>,
    places: &Places,
    dice: &mut Dice,
    silence_max: Duration,
    done: &AtomicBool,
) -> Vec<Server> {
    while !done.load(Ordering::Relaxed) {
        sleep(dice.up_to(QUIET_MAX)).await;
        let one = usize::try_from(dice.below(3)).unwrap();
        if dice.below(2) == 0 {
            fleet.replace(&mut servers, one).await;
        } else {
            pause(&servers[one], dice.up_to(silence_max)).await;
        }
        for server in &mut servers {
            fleet.see_to(server).await;
        }
        places.are(&servers);
    }
    servers
}

/// While a change is under way and a host stands still either revision may run, and a request may have to be repeated.
const EITHER: u64 = 0;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publish_is_on_all_hosts_and_no_draw_fails() {
    let (_fleet, servers) = Fleet::of(3).await;
    let publish = |server: &Server, title: &'static str| {
        let (operator, document) = (server.operator(), documents::stocked(CAMPAIGN, 1_000).replace("Stocked", title));
        async move { operator.publish(CAMPAIGN, &document).await }
    };
    assert_eq!(publish(&servers[0], "One").await, 1);
    let load = Load::start(&servers);
    load.let_it_run().await;
    assert_eq!(publish(&servers[1], "Two").await, 2);
    load.expect_from_now_on(2);
    load.let_it_run().await;
    all_are_as_far(&servers[2].operator()).await;

    // One that stands still is waited for, as long as it is not found dead.
    load.expect_from_now_on(EITHER);
    servers[2].signal("STOP");
    let published = tokio::spawn(publish(&servers[0], "Three"));
    sleep(Duration::from_millis(700)).await;
    servers[2].signal("CONT");
    assert_eq!(published.await.unwrap(), 3);
    load.expect_from_now_on(3);
    load.let_it_run().await;
    let operator = servers[1].operator();
    let (status, paused) =
        operator.post(&format!("/v1/operator/campaigns/{CAMPAIGN}/pause"), &serde_json::json!({})).await;
    assert_eq!(status, StatusCode::OK, "{paused:#}");
    load.stop().await;
    for server in &servers {
        let (_, refused) = server.client().draw(CAMPAIGN, "alice", &new_key()).await;
        assert_eq!(refused["code"], "campaign-paused", "{refused:#}");
    }
}

/// Clients of all hosts that draw until they are told to stop. Each draw that begins after `expect_from_now_on(revision)` must run on it.
struct Load {
    tasks: JoinSet<()>,
    expected: Arc<AtomicU64>,
    drawn: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl Load {
    fn start(servers: &[Server]) -> Self {
        let (expected, drawn, stop) = (Arc::new(AtomicU64::new(1)), Arc::<AtomicU64>::default(), Arc::default());
        let mut tasks = JoinSet::new();
        for number in 0..24 {
            let client = servers[number % servers.len()].client();
            let (expected, drawn, stop) = (Arc::clone(&expected), Arc::clone(&drawn), Arc::clone(&stop));
            tasks.spawn(async move {
                while !AtomicBool::load(&stop, Ordering::SeqCst) {
                    let (before, key) = (expected.load(Ordering::SeqCst), new_key());
                    let (status, draw) = loop {
                        let (status, draw) = client.draw(CAMPAIGN, &format!("player-{number}"), &key).await;
                        if draw["retryable"] != true {
                            break (status, draw);
                        }
                        let is_disturbed = [before, expected.load(Ordering::SeqCst)].contains(&EITHER);
                        assert!(is_disturbed, "no host stood still: {draw:#}");
                    };
                    if draw["code"] == "campaign-paused" {
                        return;
                    }
                    assert_eq!(status, StatusCode::CREATED, "{draw:#}");
                    // A change that was asked for meanwhile may have come first.
                    if before != EITHER && before == expected.load(Ordering::SeqCst) {
                        let revision = draw["revision"].as_u64().unwrap();
                        assert!(revision >= before, "{revision}, begun after {before} was answered to be live");
                    }
                    drawn.fetch_add(1, Ordering::SeqCst);
                }
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
            sleep(Duration::from_millis(5)).await;
        }
    }

    async fn stop(self) {
        self.stop.store(true, Ordering::SeqCst);
        self.tasks.join_all().await;
    }
}

/// The eldest, which does alone what one host has to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_stands_still_for_too_long_is_out_and_ends() {
    let (_fleet, mut servers) = Fleet::of(3).await;
    servers[0].operator().publish(CAMPAIGN, &documents::stocked(CAMPAIGN, 10)).await;
    let dead = servers.remove(0);
    dead.signal("STOP");
    let (client, operator) = (servers[0].client(), servers[0].operator());
    while hosts(&operator).await[0].0 != "fenced" {
        // What it began and did not end keeps nobody for long.
        let (status, draw) = client.draw(CAMPAIGN, "alice", &new_key()).await;
        assert_eq!(status, StatusCode::CREATED, "{draw:#}");
        sleep(Duration::from_millis(100)).await;
    }
    operator.publish(CAMPAIGN, &documents::stocked(CAMPAIGN, 20)).await;
    dead.signal("CONT");
    assert!(!dead.ended().await.success());
    // One that ends as it should says so.
    let last = servers.remove(1);
    last.signal("TERM");
    assert!(last.ended().await.success());
    let states: Vec<String> = hosts(&operator).await.into_iter().map(|(state, _)| state).collect();
    assert_eq!(states, ["fenced", "serving", "ended"]);
    nothing_differs(&operator).await;
}
