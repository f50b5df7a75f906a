//! Tasks: none is lost, and none is two owners' at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use tombola_domain::award::State;
use tombola_domain::id::AwardId;
use tombola_domain::task::Queue;
use tombola_domain::time::Timestamp;

use super::Backend;
use super::fixture::{draw, minute, operation, publish, set_up, wish};
use crate::audit::{Query, Verb};
use crate::draws::Draw;
use crate::outbox::{Claim, Ending, Load, ReviveError, Revived, Task};
use crate::{Done, Store};

fn crm() -> Queue {
    Queue::Webhook("crm".parse().unwrap())
}

/// A claim at a minute that lasts until another.
fn claim(from: i64, until: i64, limit: u32) -> Claim {
    Claim { queue: crm(), owner: "host".to_owned(), now: minute(from), until: minute(until), limit }
}

/// An award of which a destination is told, won at the first minute.
async fn win(store: &Arc<dyn Store>, activation: u64, player: &str, key: &str) -> Draw {
    draw(store, activation, &wish(player, key).unlimited("hook-crm")).await.unwrap()
}

async fn won(backend: &impl Backend, count: usize) -> (Arc<dyn Store>, Vec<Draw>) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let mut draws = vec![];
    for number in 0..count {
        draws.push(win(&store, activation, &format!("p{number}"), "1").await);
    }
    (store, draws)
}

async fn state(store: &Arc<dyn Store>, draw: &Draw) -> State {
    store.award(&AwardId::of_draw(&draw.id)).await.unwrap().unwrap().award.state
}

async fn end(store: &Arc<dyn Store>, task: &Task, ending: Ending, at: i64) -> bool {
    store.end_tasks(&[(task.clone(), ending)], minute(at)).await.unwrap()[0]
}

fn again(due: i64) -> Ending {
    Ending::Again { due: minute(due), reason: "answered 500".to_owned() }
}

fn dead() -> Ending {
    Ending::Dead { reason: "answered 410".to_owned() }
}

/// Each in that of its delivery, from the moment at which it was won; what is told, or delivered by people, in none.
pub async fn what_is_won_waits_in_its_queue(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    assert_eq!(store.due_queues(minute(9)).await.unwrap(), []);
    for (player, prize) in
        [("a", "hook-crm"), ("b", "hook-bi"), ("c", "coins"), ("d", "chances"), ("e", "hamper"), ("f", "mug")]
    {
        draw(&store, activation, &wish(player, "1").unlimited(prize)).await.unwrap();
    }
    draw(&store, activation, &wish("g", "1")).await.unwrap();
    assert_eq!(store.due_queues(minute(0)).await.unwrap(), []);
    let queues = [Queue::Chances, Queue::Points, Queue::Webhook("bi".parse().unwrap()), crm()];
    assert_eq!(store.due_queues(minute(1)).await.unwrap(), queues);
    let tasks = store.claim_tasks(&claim(1, 5, 9)).await.unwrap();
    let [task] = tasks.as_slice() else { panic!("{tasks:?}") };
    let expected = Task { queue: crm(), number: 1, since: minute(1), attempts: 1, fence: 1, until: minute(5) };
    assert_eq!(*task, expected);
    assert_eq!(store.awards_at(&[task.number]).await.unwrap()[0].prize.as_str(), "hook-crm");
}

/// And nothing of it is left.
pub async fn a_task_is_done_once(backend: &impl Backend) {
    let (store, draws) = won(backend, 1).await;
    let task = store.claim_tasks(&claim(2, 5, 9)).await.unwrap().remove(0);
    assert_eq!(store.claim_tasks(&claim(2, 5, 9)).await.unwrap(), []);
    assert_eq!(state(&store, &draws[0]).await, State::Pending);
    assert!(end(&store, &task, Ending::Done, 3).await);
    assert!(!end(&store, &task, Ending::Done, 3).await);
    assert!(!end(&store, &task, again(4), 3).await);
    assert_eq!(state(&store, &draws[0]).await, State::Delivered);
    assert_eq!(store.claim_tasks(&claim(99, 100, 9)).await.unwrap(), []);
    assert_eq!(store.load(&crm()).await.unwrap(), Load::default());
    let changes = store.award(&AwardId::of_draw(&draws[0].id)).await.unwrap().unwrap().changes;
    assert_eq!(
        changes.iter().map(|change| (change.state, change.at)).collect::<Vec<_>>(),
        [(State::Delivered, minute(3))]
    );
}

/// However many ask at once.
pub async fn racing_claims_get_different_tasks(backend: &impl Backend) {
    const TASKS: usize = 60;
    let (store, _) = won(backend, TASKS).await;
    let racing: Vec<_> = (0..8)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut claimed = vec![];
                loop {
                    let tasks = store.claim_tasks(&claim(2, 5, 7)).await.unwrap();
                    if tasks.is_empty() {
                        return claimed;
                    }
                    claimed.extend(tasks.iter().map(|task| task.number));
                }
            })
        })
        .collect();
    let mut all = vec![];
    for claimed in racing {
        all.extend(claimed.await.unwrap());
    }
    assert_eq!((all.len(), all.iter().collect::<BTreeSet<_>>().len()), (TASKS, TASKS));
}

/// The next owner has it, and the one before changes nothing any more.
pub async fn a_claim_that_ended_holds_no_more(backend: &impl Backend) {
    let (store, draws) = won(backend, 1).await;
    let first = store.claim_tasks(&claim(2, 5, 9)).await.unwrap().remove(0);
    assert_eq!(store.claim_tasks(&claim(4, 9, 9)).await.unwrap(), []);
    let second = store.claim_tasks(&claim(5, 9, 9)).await.unwrap().remove(0);
    assert_eq!((second.number, second.attempts, second.fence), (first.number, 2, first.fence + 1));
    for ending in [Ending::Done, again(6), dead(), Ending::Returned] {
        assert!(!end(&store, &first, ending, 5).await);
    }
    assert_eq!(state(&store, &draws[0]).await, State::Pending);
    assert!(end(&store, &second, Ending::Done, 6).await);
}

/// With the reason, for who looks.
pub async fn what_failed_is_due_later(backend: &impl Backend) {
    let (store, draws) = won(backend, 1).await;
    let task = store.claim_tasks(&claim(2, 5, 9)).await.unwrap().remove(0);
    assert!(end(&store, &task, again(20), 3).await);
    assert_eq!(store.claim_tasks(&claim(19, 30, 9)).await.unwrap(), []);
    let attempts = store.award(&AwardId::of_draw(&draws[0].id)).await.unwrap().unwrap().attempts.unwrap();
    assert_eq!((attempts.count, attempts.due, attempts.reason.as_str()), (1, Some(minute(20)), "answered 500"));
    let task = store.claim_tasks(&claim(20, 30, 9)).await.unwrap().remove(0);
    assert_eq!((task.attempts, task.since), (2, minute(1)));
    assert_eq!(state(&store, &draws[0]).await, State::Pending);
}

/// And its award has failed.
pub async fn what_is_given_up_is_a_dead_letter(backend: &impl Backend) {
    let (store, draws) = won(backend, 2).await;
    let tasks = store.claim_tasks(&claim(2, 5, 9)).await.unwrap();
    let endings = [(tasks[0].clone(), dead()), (tasks[1].clone(), Ending::Done)];
    assert_eq!(store.end_tasks(&endings, minute(3)).await.unwrap(), [true, true]);
    assert_eq!(store.claim_tasks(&claim(99, 100, 9)).await.unwrap(), []);
    assert_eq!(store.load(&crm()).await.unwrap(), Load { dead: 1, ..Load::default() });
    let history = store.award(&AwardId::of_draw(&draws[0].id)).await.unwrap().unwrap();
    assert_eq!((history.award.state, history.changes[0].note.as_str()), (State::Failed, "answered 410"));
    let attempts = history.attempts.unwrap();
    assert_eq!((attempts.count, attempts.due, attempts.reason.as_str()), (1, None, "answered 410"));
    assert_eq!(state(&store, &draws[1]).await, State::Delivered);
}

/// As if they had never been tried, but for their fences.
pub async fn dead_letters_are_tried_again(backend: &impl Backend) {
    let (store, draws) = won(backend, 3).await;
    let tasks = store.claim_tasks(&claim(2, 5, 2)).await.unwrap();
    for task in &tasks {
        assert!(end(&store, task, dead(), 3).await);
    }
    let wanted = crate::Operation { at: minute(9), ..operation("key", "retry") };
    let revived = store.revive_tasks(&wanted, &crm()).await.unwrap();
    assert_eq!(revived, Done { result: Revived { revived: 2, left: 0 }, replayed: false });
    assert!(store.revive_tasks(&wanted, &crm()).await.unwrap().replayed);
    let reused = store.revive_tasks(&wanted, &Queue::Webhook("bi".parse().unwrap())).await;
    assert!(matches!(reused, Err(ReviveError::KeyReused(_))), "{reused:?}");
    assert_eq!(state(&store, &draws[0]).await, State::Pending);
    assert!(!end(&store, &tasks[0], Ending::Done, 9).await, "its owner had it before");
    let again = store.claim_tasks(&claim(9, 12, 9)).await.unwrap();
    let seen: Vec<_> = again.iter().map(|task| (task.number, task.attempts, task.fence)).collect();
    assert_eq!(seen, [(1, 1, 2), (2, 1, 2), (3, 1, 1)]);
    let changes = store.award(&AwardId::of_draw(&draws[0].id)).await.unwrap().unwrap().changes;
    let changes: Vec<_> = changes.iter().map(|change| (change.state, change.actor.as_deref())).collect();
    assert_eq!(changes, [(State::Failed, None), (State::Pending, Some("alice"))]);
    let entry = &store.audit(&Query::default(), 1).await.unwrap()[0];
    assert_eq!((entry.what, entry.subject.as_str()), (Verb::RetryAwards, "webhook/crm"));
    let none = store.revive_tasks(&set_up(), &crm()).await.unwrap().result;
    assert_eq!(none, Revived { revived: 0, left: 0 });
}

/// Its attempt does not count, and it is ahead of what came later.
pub async fn what_was_not_tried_is_given_back(backend: &impl Backend) {
    let (store, _) = won(backend, 2).await;
    let tasks = store.claim_tasks(&claim(2, 5, 1)).await.unwrap();
    assert!(end(&store, &tasks[0], Ending::Returned, 2).await);
    let task = store.claim_tasks(&claim(2, 6, 1)).await.unwrap().remove(0);
    assert_eq!((task.number, task.attempts, task.fence), (1, 1, 2));
    // Also one that had failed before.
    assert!(end(&store, &task, again(4), 2).await);
    let task = store.claim_tasks(&claim(4, 6, 9)).await.unwrap().into_iter().find(|task| task.number == 1).unwrap();
    assert!(end(&store, &task, Ending::Returned, 4).await);
    let task = store.claim_tasks(&claim(4, 7, 9)).await.unwrap().remove(0);
    assert_eq!((task.number, task.attempts), (1, 2));
}

/// And no more than they ask for.
pub async fn claims_take_what_is_due_longest(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    for (player, minute) in [("a", 3), ("b", 1), ("c", 2)] {
        draw(&store, activation, &wish(player, "1").unlimited("hook-crm").at_minute(minute)).await.unwrap();
    }
    let numbers = async |claim: Claim| -> Vec<u64> {
        store.claim_tasks(&claim).await.unwrap().iter().map(|task| task.number).collect()
    };
    assert_eq!(numbers(claim(9, 20, 2)).await, [2, 3]);
    assert_eq!(numbers(claim(9, 20, 2)).await, [1]);
    assert_eq!(numbers(claim(9, 20, 2)).await, [0; 0]);
}

/// Whoever opens the store next does not wait for those who are gone. What failed stays due when it was.
pub async fn claims_end_with_their_host(backend: &impl Backend) {
    let (store, _) = won(backend, 2).await;
    let tasks = store.claim_tasks(&claim(2, 500, 9)).await.unwrap();
    assert!(end(&store, &tasks[1], again(400), 2).await);
    let store = backend.open().await;
    let claimed = store.claim_tasks(&claim(3, 500, 9)).await.unwrap();
    let claimed: Vec<_> = claimed.iter().map(|task| (task.number, task.attempts)).collect();
    assert_eq!(claimed, [(1, 2)]);
    assert!(!end(&store, &tasks[0], Ending::Done, 3).await);
}

/// With the age of the oldest, however often it was tried.
pub async fn what_waits_is_counted(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    for number in 1..=4 {
        let player = format!("p{number}");
        draw(&store, activation, &wish(&player, "1").unlimited("hook-crm").at_minute(number)).await.unwrap();
    }
    let check = async |waiting, tried, oldest: Option<i64>| {
        let oldest: Option<Timestamp> = oldest.map(minute);
        assert_eq!(store.load(&crm()).await.unwrap(), Load { waiting, tried, dead: 0, oldest });
    };
    check(4, 0, Some(1)).await;
    let tasks = store.claim_tasks(&claim(4, 9, 2)).await.unwrap();
    check(4, 2, Some(1)).await;
    assert!(end(&store, &tasks[0], again(50), 4).await);
    assert!(end(&store, &tasks[1], Ending::Done, 4).await);
    check(3, 1, Some(1)).await;
    let tasks = store.claim_tasks(&claim(50, 60, 9)).await.unwrap();
    let oldest = tasks.iter().find(|task| task.number == 1).unwrap();
    assert!(end(&store, oldest, Ending::Done, 50).await);
    check(2, 2, Some(3)).await;
}
