use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;
use tombola_app::App;
use tombola_app::courier::Courier;
use tombola_domain::causes::Causes;
use tombola_domain::id::DestinationName;
use tombola_domain::task::Queue;
use tombola_store::Store;
use tombola_store::awards::InHouse;
use tombola_store::destinations::DESTINATIONS_MAX;
use tombola_store::hosts;
use tombola_store::outbox::HandedOver;

use crate::endings::Endings;
use crate::lane::{Ground, Lane};
use crate::measures;
use crate::retention::retain;
use crate::webhooks::Webhooks;

/// How often it is looked whether something is due: one short read.
const PERIOD: Duration = Duration::from_millis(250);
/// How often it is measured what waits and how campaigns stand: counts over every queue, and a look-up for each campaign with stock.
const MEASURED_EVERY: Duration = Duration::from_secs(15);
/// Awards of one transaction that are points or chances: draws wait for it, some milliseconds at most, as for a batch of their own.
const IN_HOUSE_MAX: u32 = 64;
/// Waiting events of one campaign that are looked at together.
const EVENTS_MAX: u32 = 32;
/// Between two passes over all that is kept: what has drifted is known within minutes, and a pass takes seconds for each million rows.
const RECONCILED_EVERY: Duration = Duration::from_mins(5);
/// How long calls that are under way may take when the host ends.
const DEADLINE: Duration = Duration::from_secs(10);

/// What the wiring gives.
pub struct Parts {
    /// The use cases.
    pub app: Arc<App>,
    /// Where tasks are.
    pub store: Arc<dyn Store>,
    /// The way to destinations.
    pub webhooks: Arc<Webhooks>,
    /// For how long receipts are kept after their campaign has closed; `None` is for ever.
    pub receipts_kept_for: Option<Duration>,
}

/// Delivers awards until it is stopped.
pub struct Deliverer {
    stop: watch::Sender<bool>,
    looking: JoinHandle<()>,
    writing: JoinHandle<()>,
}

impl Deliverer {
    /// Begins with what is due. Needs a Tokio runtime.
    pub fn start(parts: Parts) -> Self {
        let Parts { app, store, webhooks, receipts_kept_for } = parts;
        let (stop, stopping) = watch::channel(false);
        let (endings, writing) = Endings::start(Arc::clone(&app), Arc::clone(&store));
        let owner = hosts::owner(store.number()).into();
        let ground = Ground { app, store, webhooks, endings, owner, stopping };
        Self { stop, looking: tokio::spawn(look(ground, receipts_kept_for)), writing }
    }

    /// Claims nothing more, and waits for calls under way within a bound. What is left then is done once more after the next start.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        if tokio::time::timeout(DEADLINE, self.looking).await.is_err() {
            tracing::warn!("calls were still under way when the host ended");
        } else if tokio::time::timeout(DEADLINE, self.writing).await.is_err() {
            tracing::warn!("what became of tasks was still being written when the host ended");
        }
    }
}

/// Each destination's lane, and its latest run.
type Lanes = HashMap<DestinationName, (Arc<Lane>, Option<JoinHandle<()>>)>;

/// Looks what is due, and sees to it that somebody does it.
async fn look(ground: Ground, receipts_kept_for: Option<Duration>) {
    let mut stopping = ground.stopping.clone();
    let mut lanes = Lanes::new();
    let mut others = JoinSet::new();
    let mut in_house = |queue: Queue| {
        let due = Arc::new(Notify::new());
        others.spawn(deliver_in_house(ground.clone(), queue, Arc::clone(&due)));
        due
    };
    let points = in_house(Queue::Points);
    let chances = in_house(Queue::Chances);
    let referrals = in_house(Queue::Referrals);
    others.spawn(decide_waiting(ground.clone()));
    others.spawn(measure(ground.clone()));
    others.spawn(reconcile(ground.clone()));
    others.spawn(retain(ground.clone(), receipts_kept_for));
    while !*stopping.borrow() {
        match due(&ground).await {
            Ok(queues) => queues.into_iter().for_each(|queue| match queue {
                Queue::Chances => chances.notify_one(),
                Queue::Points => points.notify_one(),
                Queue::Referrals => referrals.notify_one(),
                Queue::Webhook(name) => go_on(&ground, &mut lanes, &name),
            }),
            Err(error) => {
                let error = Causes(&error);
                tracing::warn!(%error, "it could not be looked up what is to be delivered");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(PERIOD) => {}
            _ = stopping.changed() => {}
        }
    }
    for (lane, run) in lanes.into_values() {
        lane.wake();
        if let Some(run) = run {
            let _ = run.await;
        }
    }
    while others.join_next().await.is_some() {}
}

/// The queues in which something is due that may be handed over now.
async fn due(ground: &Ground) -> tombola_store::Result<Vec<Queue>> {
    if ground.app.delivers() { ground.store.due_queues(ground.app.clock().now()).await } else { Ok(Vec::new()) }
}

/// Wakes a destination's lane, or has it run.
fn go_on(ground: &Ground, lanes: &mut Lanes, name: &DestinationName) {
    let new = || (Lane::new(ground.clone(), name.clone()), None);
    let (lane, run) = lanes.entry(name.clone()).or_insert_with(new);
    match run {
        Some(run) if !run.is_finished() => lane.wake(),
        _ => *run = Some(tokio::spawn(Arc::clone(lane).run())),
    }
    // It opens and half-closes by the time alone.
    ground.webhooks.note(name, lane.breaker());
}

/// Hands over what is due in a queue of the store's own work. Hosts do so in turn: each finds what is due and ends it in one transaction,
/// so that none finds what another has ended.
async fn deliver_in_house(ground: Ground, queue: Queue, due: Arc<Notify>) {
    let mut stopping = ground.stopping.clone();
    while !*stopping.borrow() {
        tokio::select! {
            () = due.notified() => {}
            _ = stopping.changed() => continue,
        }
        while ground.app.delivers() {
            match deliver_some(&ground, &queue).await {
                Ok(handed) => {
                    measures::in_house(&queue, handed);
                    if handed.ended() < IN_HOUSE_MAX.into() {
                        break;
                    }
                }
                Err(error) => {
                    let error = Causes(&error);
                    tracing::warn!(%error, %queue, "what was won could not be handed over yet");
                    break;
                }
            }
        }
    }
}

async fn deliver_some(ground: &Ground, queue: &Queue) -> tombola_store::Result<HandedOver> {
    let (store, now) = (&ground.store, ground.app.clock().now());
    match queue {
        Queue::Points => store.deliver_in_house(InHouse::Points, now, IN_HOUSE_MAX).await,
        Queue::Chances => store.deliver_in_house(InHouse::Chances, now, IN_HOUSE_MAX).await,
        Queue::Referrals => store.deliver_referrals(now, IN_HOUSE_MAX).await,
        Queue::Webhook(_) => Ok(HandedOver::default()),
    }
}

/// Decides events that wait in campaigns, once they are due. Of several hosts one alone does: the others would decide the same events,
/// for which the first commit counts.
async fn decide_waiting(ground: Ground) {
    let mut stopping = ground.stopping.clone();
    while !*stopping.borrow() {
        tokio::select! {
            () = tokio::time::sleep(PERIOD) => {}
            _ = stopping.changed() => continue,
        }
        while ground.store.leads() && !*stopping.borrow() {
            match ground.app.decide_waiting(EVENTS_MAX).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    let error = Causes(&error);
                    tracing::warn!(%error, "it could not be looked up which events wait");
                    break;
                }
            }
        }
    }
}

/// Holds what is kept twice against itself, now and then, on one host of several. What was not gone through when the host ends is gone
/// through after the next start.
async fn reconcile(ground: Ground) {
    let mut stopping = ground.stopping.clone();
    while !*stopping.borrow() {
        let passed = async {
            tokio::time::sleep(RECONCILED_EVERY).await;
            if ground.app.writes() && ground.store.leads() { ground.app.reconcile().await.map(drop) } else { Ok(()) }
        };
        tokio::select! {
            passed = passed => if let Err(error) = passed {
                let error = Causes(&error);
                tracing::warn!(%error, "what is kept could not be compared with itself");
            },
            _ = stopping.changed() => {}
        }
    }
}

async fn measure(ground: Ground) {
    let mut stopping = ground.stopping.clone();
    let mut next = Instant::now();
    while !*stopping.borrow() {
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            _ = stopping.changed() => continue,
        }
        next = Instant::now() + MEASURED_EVERY;
        if let Err(error) = measure_once(&ground).await {
            let error = Causes(&error);
            tracing::warn!(%error, "it could not be measured what waits to be delivered");
        }
        if let Err(error) = ground.app.measure().await {
            let error = Causes(&error);
            tracing::warn!(%error, "it could not be measured how campaigns stand");
        }
    }
}

async fn measure_once(ground: &Ground) -> tombola_store::Result<()> {
    let all = u32::try_from(DESTINATIONS_MAX).expect("some hundred");
    for destination in ground.store.destinations(None, all).await? {
        let load = ground.store.load(&Queue::Webhook(destination.name.clone())).await?;
        let breaker = ground.webhooks.breaker(&destination.name);
        measures::waiting(&destination.name, &load, breaker, ground.app.clock().now());
    }
    for queue in Queue::IN_HOUSE {
        measures::queued(&queue, &ground.store.load(&queue).await?, ground.app.clock().now());
    }
    Ok(())
}
