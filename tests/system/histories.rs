//! What clients of three hosts are told while hosts, database and Redis fail in whatever order: a judge that knows nothing of the product
//! goes through it.
//!
//! A run follows from its seed, but for what the machine adds. One that fails prints it: with `HISTORY_SEED=…` in its environment the same
//! test makes that run alone. The file that is named beside it is what `tombola-history` judges.

mod plan;
mod postgres;
mod record;
mod redis;
mod stage;

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tombola_history::{Line, check};

use self::plan::{HOSTS, Plan};
use self::record::{Client, Record};
use self::stage::Stage;
use crate::dice::Dice;
use crate::documents;
use crate::fleet::{Places, all_are_as_far, nothing_differs};
use crate::harness::Server;

const CAMPAIGN: &str = "stocked";
const PRIZE: &str = "phone";
const CLIENTS: usize = 64;
/// How often an operator adds units while clients draw.
const RESTOCKS: u64 = 2;
/// Between two of an operator's writes, at most.
const RESTOCK_BREAK_MAX: Duration = Duration::from_secs(3);
/// How much there is to hand over, and by how many draws.
#[derive(Debug, Clone, Copy)]
struct Size {
    stock: u32,
    /// Units that come in each time.
    restock: u64,
    /// How many draws a run makes at least: more than there are units.
    draws_min: u64,
}

const SMALL: Size = Size { stock: 150, restock: 25, draws_min: 260 };
const LARGE: Size = Size { stock: 1_000, restock: 100, draws_min: 1_300 };
/// A run takes some seconds; one that takes this long hangs.
const RUN_MAX: Duration = Duration::from_mins(4);
/// The variable of the environment that says which run to make.
const SEED: &str = "HISTORY_SEED";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_clients_were_told_holds() {
    runs(SMALL, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes an hour or more: `make soak`"]
async fn soak_what_clients_were_told_holds() {
    runs(LARGE, 200).await;
}

async fn runs(size: Size, count: u64) {
    let mut stage = Stage::set().await;
    #[expect(clippy::disallowed_methods, reason = "a run that failed is made again by who tests")]
    let seed = std::env::var(SEED).ok();
    if let Some(seed) = seed {
        return run(&mut stage, size, seed.parse().expect("a number")).await;
    }
    let mut dice = Dice::of_this_process();
    for _ in 0..count {
        run(&mut stage, size, dice.below(u64::MAX)).await;
    }
}

/// One history, from an empty database to the judgement.
async fn run(stage: &mut Stage, size: Size, seed: u64) {
    let plan = Plan::of(&mut Dice::of(seed));
    println!("{SEED}={seed}: {plan:?}");
    let history = timeout(RUN_MAX, play(stage, size, &plan, &mut Dice::of(seed).again())).await;
    let history = history.unwrap_or_else(|_| panic!("the run of {SEED}={seed} hangs"));
    let violations = check(&history);
    if violations.is_empty() {
        return;
    }
    let file = std::env::temp_dir().join(format!("tombola-history-{seed}.jsonl"));
    let lines: String = history.iter().map(|line| serde_json::to_string(line).unwrap() + "\n").collect();
    std::fs::write(&file, lines).unwrap();
    let mut told = String::new();
    for violation in &violations {
        writeln!(told, "{violation}").unwrap();
    }
    panic!("{} violations in {}, made by {SEED}={seed} with {plan:?}:\n{told}", violations.len(), file.display());
}

async fn play(stage: &mut Stage, size: Size, plan: &Plan, dice: &mut Dice) -> Vec<Line> {
    let fleet = stage.open(plan.redis).await;
    let mut servers = fleet.start_several(HOSTS).await;
    servers[0].operator().publish(CAMPAIGN, &documents::stocked(CAMPAIGN, size.stock)).await;
    all_are_as_far(&servers[0].operator()).await;
    let record = Arc::new(Record::opening(PRIZE, size.stock.into()));
    let places = Arc::new(Places::of(&servers));
    let (next, done) = (Arc::<AtomicU64>::default(), Arc::new(AtomicBool::new(false)));
    let mut load = JoinSet::new();
    for _ in 0..CLIENTS {
        let mut client = Client { places: Arc::clone(&places), record: Arc::clone(&record), dice: dice.again() };
        let (next, done) = (Arc::clone(&next), Arc::clone(&done));
        load.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= size.draws_min && done.load(Ordering::Relaxed) {
                    break;
                }
                client.draw(number).await;
            }
        });
    }
    let mut operator = Client { places: Arc::clone(&places), record: Arc::clone(&record), dice: dice.again() };
    load.spawn(async move {
        for number in 0..RESTOCKS {
            sleep(operator.dice.up_to(RESTOCK_BREAK_MAX)).await;
            operator.restock(number, size.restock).await;
        }
    });
    for (pause, moment) in &plan.moments {
        sleep(*pause).await;
        stage.strike(moment, &fleet, &mut servers).await;
        places.are(&servers);
    }
    for server in &mut servers {
        fleet.see_to(server).await;
    }
    places.are(&servers);
    done.store(true, Ordering::Relaxed);
    load.join_all().await;
    repeat_all(&places, &record, dice).await;
    nothing_differs(&servers[0].operator()).await;
    end(servers).await;
    record.closing(&stage.url()).await
}

/// Whatever was told is told again.
async fn repeat_all(places: &Arc<Places>, record: &Arc<Record>, dice: &mut Dice) {
    let told = Arc::new(std::sync::Mutex::new(record.told()));
    let mut load = JoinSet::new();
    for _ in 0..CLIENTS {
        let mut client = Client { places: Arc::clone(places), record: Arc::clone(record), dice: dice.again() };
        let told = Arc::clone(&told);
        load.spawn(async move {
            loop {
                let next = told.lock().unwrap().pop();
                match next {
                    Some(number) => client.insist(number).await,
                    None => return,
                }
            }
        });
    }
    load.join_all().await;
}

/// In good order, so that nothing of what was given up is under way any more.
async fn end(servers: Vec<Server>) {
    for server in servers {
        server.signal("TERM");
        assert!(server.ended().await.success());
    }
}
