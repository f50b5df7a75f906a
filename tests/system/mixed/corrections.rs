//! The same with all that sets things right among it: whatever is voided, reversed, held, given and taken away, on a server that is
//! killed, in a campaign whose players owe what they have spent and in one whose house bears it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::task::JoinSet;
use tombola_app::clock::{Clock, SystemClock};

use super::asked::{Asked, Callers, Deed, WHOLE, settle};
use super::books::{Books, Until};
use super::targets::Targets;
use super::{PLAYERS, all_arrives, document, nothing_failed, open, player, supply};
use crate::dice::Dice;
use crate::fleet::nothing_differs;
use crate::invariants;
use crate::receiver::{Receiver, start};

/// What was spent of what is taken back is owed in the one, and lost by the house in the other.
pub(super) const CAMPAIGNS: [&str; 2] = ["owing", "bearing"];
/// Chances that players begin with: so few that what is taken back of them was often used.
pub(super) const GRANTED: u32 = 12;
/// Spent on the way, and given back by what is reversed.
const BUDGET: i64 = 4_000;
/// Between two looks at how much was answered.
const LOOK: Duration = Duration::from_millis(1);
/// Until chances lapse that are given for a while, at most.
const LAPSE_MAX: Duration = Duration::from_secs(2);
/// Of so many requests one is made twice at once.
const TWICE_EVERY: u64 = 8;

/// Who asks.
#[derive(Clone, Copy)]
enum Role {
    /// Plays.
    Player,
    /// Sells what players spend, and takes returns.
    Service,
    /// Sets things right.
    Operator,
}

const ROLES: [Role; 8] = [
    Role::Player,
    Role::Player,
    Role::Player,
    Role::Service,
    Role::Service,
    Role::Operator,
    Role::Operator,
    Role::Operator,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn corrections_are_exact_among_what_they_correct() {
    rounds(8, 240).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: `make soak`"]
async fn soak_corrections_are_exact_among_what_they_correct() {
    rounds(80, 900).await;
}

impl Role {
    fn next(self, targets: &Targets, dice: &mut Dice) -> Deed {
        let deed = match self {
            Self::Player => None,
            Self::Service => service(targets, dice),
            Self::Operator => operator(targets, dice),
        };
        deed.unwrap_or_else(|| play(dice))
    }
}

fn play(dice: &mut Dice) -> Deed {
    let (campaign, player) = (campaign(dice), player(dice));
    match dice.below(8) {
        0..=2 => Deed::Draw { campaign, player },
        3 | 4 => Deed::Order { campaign, player },
        _ => {
            // Whoever refers others plays as well, and spends what that earns.
            let mut others = (0..PLAYERS).map(|number| format!("player-{number}")).filter(|other| *other != player);
            let referrer = others.nth(usize::try_from(dice.below(PLAYERS - 1)).unwrap()).unwrap();
            Deed::Event { player, referrer, paid: dice.below(400) }
        }
    }
}

/// `None` where there is nothing yet to be ended or reversed.
fn service(targets: &Targets, dice: &mut Dice) -> Option<Deed> {
    match dice.below(11) {
        0..=2 => {
            let (player, amount) = (player(dice), 1 + dice.below(25));
            // Some are forgotten.
            Some(Deed::Hold { player, amount, seconds: if dice.below(3) == 0 { 1 } else { 900 } })
        }
        3..=5 => targets.hold_end(dice, true),
        6 => targets.hold_end(dice, false),
        7 | 8 => {
            let part = 1 + i64::try_from(dice.below(60)).unwrap();
            targets.reversal(dice, Some(part))
        }
        9 => targets.reversal(dice, Some(WHOLE)),
        _ => targets.reversal(dice, None),
    }
}

/// The same.
fn operator(targets: &Targets, dice: &mut Dice) -> Option<Deed> {
    match dice.below(12) {
        0..=2 => {
            let (player, amount) = (player(dice), 1 + i64::try_from(dice.below(30)).unwrap());
            Some(Deed::Adjustment { player, add: if dice.below(2) == 0 { amount } else { -amount } })
        }
        3 | 4 => targets.adjustment_void(dice),
        5 => {
            let lapses_at = (dice.below(2) == 0).then(|| SystemClock.now().plus(dice.up_to(LAPSE_MAX)).to_string());
            Some(Deed::Grant { campaign: campaign(dice), player: player(dice), add: 1 + dice.below(4), lapses_at })
        }
        6 => targets.grant_void(dice),
        7 | 8 => targets.order_void(dice),
        9 | 10 => targets.award_void(dice),
        _ => {
            let item = if dice.below(2) == 0 { "five" } else { "mug" };
            Some(Deed::Restock { campaign: campaign(dice), item, add: 1 + dice.below(5) })
        }
    }
}

fn campaign(dice: &mut Dice) -> &'static str {
    CAMPAIGNS[usize::try_from(dice.below(2)).unwrap()]
}

/// What those who ask at the same time have in common: others correct what one of them is answered.
#[derive(Default)]
struct Load {
    targets: Targets,
    answers: AtomicU64,
}

impl Load {
    /// Asks until the server is gone.
    async fn run(&self, role: Role, callers: Callers, name: String, mut dice: Dice) -> Vec<Asked> {
        let mut asked = Vec::new();
        for count in 0.. {
            let mut one = Asked::new(format!("{name}-{count}"), role.next(&self.targets, &mut dice));
            let is_there = match dice.below(TWICE_EVERY) {
                0 => one.try_ask_twice(&callers).await,
                _ => one.try_ask(&callers).await,
            };
            self.targets.know(&one);
            asked.push(one);
            if !is_there {
                break;
            }
            self.answers.fetch_add(1, Ordering::Relaxed);
        }
        asked
    }

    /// Waits until so many more were answered.
    async fn make(&self, count: u64) {
        let enough = self.answers.load(Ordering::Relaxed) + count;
        while self.answers.load(Ordering::Relaxed) < enough {
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// In each round the server is killed once that many requests were answered, at most.
async fn rounds(count: u64, answers_max: u64) {
    let (data, receiver) = (TempDir::new().unwrap(), Receiver::start().await);
    let mut dice = Dice::of_this_process();
    let mut server = start(data.path()).await;
    supply(&server.operator(), &receiver).await;
    for (campaign, shortfall) in CAMPAIGNS.into_iter().zip(["debt", "loss"]) {
        open(&server.operator(), campaign, &document(campaign, GRANTED, shortfall), BUDGET).await;
    }
    let (load, mut all) = (Arc::<Load>::default(), Vec::new());
    for round in 0..count {
        let mut clients = JoinSet::new();
        for (number, role) in ROLES.into_iter().enumerate() {
            let (load, callers, name) = (Arc::clone(&load), Callers::of(&server), format!("{round}-{number}"));
            let dice = dice.again();
            clients.spawn(async move { load.run(role, callers, name, dice).await });
        }
        load.make(1 + dice.below(answers_max)).await;
        server.kill();
        let asked = clients.join_all().await.concat();
        invariants::check(data.path()).await;
        server = start(data.path()).await;
        all.extend(settle(&server, asked).await);
        nothing_differs(&server.operator()).await;
        Books::of(&all, Until::Now).agree_with(&server).await;
    }
    let all = settle(&server, all).await;
    all_arrives(data.path()).await;
    nothing_differs(&server.operator()).await;
    let books = Books::of(&all, Until::Arrived);
    let lost = books.agree_with(&server).await;
    for campaign in CAMPAIGNS {
        nothing_failed(&server.operator(), campaign).await;
    }
    server.kill();
    invariants::check(data.path()).await;
    assert_eq!(
        invariants::lost(data.path(), "points").await,
        lost,
        "what players kept, and no more, is the house's loss"
    );
    books.were_real();
}
