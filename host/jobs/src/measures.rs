//! What is told of deliveries. Destinations are told apart by their names, of which there are few.

use metrics::{counter, gauge, histogram};
use tombola_app::courier::Breaker;
use tombola_domain::id::DestinationName;
use tombola_domain::task::Queue;
use tombola_domain::time::Timestamp;
use tombola_store::outbox::{Ending, HandedOver, Load};

use std::time::Duration;

/// Calls, by destination and by what became of their task.
const CALLS: &str = "tombola_delivery_calls_total";
/// Time of a call.
const CALL_SECONDS: &str = "tombola_delivery_call_seconds";
/// What the store handed over itself or gave up, by queue and by which of the two.
const IN_HOUSE: &str = "tombola_delivery_in_house_total";
/// Tasks that wait, by destination.
const WAITING: &str = "tombola_delivery_waiting";
/// Tasks that were given up, by destination.
const DEAD: &str = "tombola_delivery_dead";
/// What the store has yet to hand over itself, by queue.
const QUEUE_WAITING: &str = "tombola_queue_waiting";
/// What it gave up, by queue.
const QUEUE_DEAD: &str = "tombola_queue_dead";
/// Age of the oldest of what waits there, by queue.
const QUEUE_OLDEST_SECONDS: &str = "tombola_queue_oldest_seconds";
/// Age of the oldest task, by destination.
const OLDEST_SECONDS: &str = "tombola_delivery_oldest_seconds";
/// What the breaker does, by destination: 0 closed, 1 half open, 2 open.
const BREAKER: &str = "tombola_delivery_breaker";

pub(crate) fn called(destination: &DestinationName, ending: &Ending, took: Duration) {
    let result = match ending {
        Ending::Done => "delivered",
        Ending::Again { .. } => "again",
        Ending::Dead { .. } => "dead",
        Ending::Returned => return,
    };
    counter!(CALLS, "destination" => destination.to_string(), "result" => result).increment(1);
    histogram!(CALL_SECONDS).record(took);
}

pub(crate) fn in_house(queue: &Queue, handed: HandedOver) {
    let count = |result, count| counter!(IN_HOUSE, "queue" => queue.to_string(), "result" => result).increment(count);
    count("delivered", handed.delivered);
    count("dead", handed.given_up);
}

pub(crate) fn queued(queue: &Queue, load: &Load, now: Timestamp) {
    gauge!(QUEUE_WAITING, "queue" => queue.to_string()).set(small(load.waiting));
    gauge!(QUEUE_DEAD, "queue" => queue.to_string()).set(small(load.dead));
    gauge!(QUEUE_OLDEST_SECONDS, "queue" => queue.to_string()).set(age(load, now));
}

/// Of the oldest task, in seconds; 0 where there is none.
fn age(load: &Load, now: Timestamp) -> f64 {
    let age = load.oldest.map_or(0, |oldest| now.as_seconds().saturating_sub(oldest.as_seconds()).max(0));
    small(age.unsigned_abs())
}

fn small(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

pub(crate) fn waiting(destination: &DestinationName, load: &Load, breaker: Breaker, now: Timestamp) {
    let breaker = match breaker {
        Breaker::Closed => 0.0,
        Breaker::HalfOpen => 1.0,
        Breaker::Open => 2.0,
    };
    gauge!(WAITING, "destination" => destination.to_string()).set(small(load.waiting));
    gauge!(DEAD, "destination" => destination.to_string()).set(small(load.dead));
    gauge!(OLDEST_SECONDS, "destination" => destination.to_string()).set(age(load, now));
    gauge!(BREAKER, "destination" => destination.to_string()).set(breaker);
}
