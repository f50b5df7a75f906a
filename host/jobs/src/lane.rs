//! One destination's own way: its claims, its calls, its breaker, its budget.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;
use tombola_app::courier::{self, Courier};
use tombola_app::destinations::Address;
use tombola_app::{App, Error};
use tombola_domain::causes::Causes;
use tombola_domain::id::DestinationName;
use tombola_domain::task::Queue;
use tombola_domain::time::Timestamp;
use tombola_protection::{Backoff, Budget, Condition, Ticket, Valve};
use tombola_store::awards::Award;
use tombola_store::outbox::{Claim, Ending, Task};
use tombola_store::{Store, StoreError};

use crate::endings::Endings;
use crate::measures;
use crate::verdict::{self, Outcome, later};
use crate::webhooks::Webhooks;

/// Waits of one task between its tries.
const BETWEEN_TRIES: Backoff = Backoff { first: Duration::from_secs(5), longest: Duration::from_hours(1) };
/// How long a breaker stays open.
const BREAKS: Backoff = Backoff { first: Duration::from_secs(5), longest: Duration::from_mins(5) };
/// Retries for each hundred first tries: a receiver that is sick has a fifth more to do, and no more.
const RETRIES_PERCENT: u32 = 20;
/// Tasks of one claim, as a multiple of the calls at once, and at most. What waits is ready when calls end.
const CLAIMED_PER_CALL: u32 = 4;
const CLAIMED_MAX: usize = 256;
/// Calls that a task may have to wait for, one after the other, its own included: the next claim is made when half of one is left.
const CALLS_BEFORE: u32 = 2 * CLAIMED_PER_CALL;
/// What a claim lasts beyond them.
const SPARE: Duration = Duration::from_secs(30);
/// A task that can't be sent, for want of its destination's secrets, waits so long.
const UNADDRESSED: Duration = Duration::from_mins(5);

/// What all lanes share.
#[derive(Clone)]
pub(crate) struct Ground {
    pub(crate) app: Arc<App>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) webhooks: Arc<Webhooks>,
    pub(crate) endings: Endings,
    pub(crate) owner: Arc<str>,
    pub(crate) stopping: watch::Receiver<bool>,
}

/// A destination's own way. It lasts, while its runs come and go.
pub(crate) struct Lane {
    ground: Ground,
    name: DestinationName,
    guard: Mutex<Guard>,
    /// Says that there may be more to claim.
    woken: Notify,
}

struct Guard {
    valve: Valve,
    budget: Budget,
}

/// A claimed task and what it tells.
struct Parcel {
    task: Task,
    award: Award,
    address: Arc<Address>,
}

/// What a claim came to.
#[derive(Default)]
struct Claimed {
    parcels: Vec<Parcel>,
    /// How many were wanted.
    limit: usize,
    /// Whether there may be more.
    may_be_more: bool,
}

/// A call that ended.
struct Called {
    task: Task,
    ticket: Ticket,
    outcome: Outcome,
    took: Duration,
}

/// One run, from the first claim to the last call.
struct Run {
    lane: Arc<Lane>,
    waiting: VecDeque<Parcel>,
    claim: Option<JoinHandle<Claimed>>,
    calls: JoinSet<Called>,
    /// What the latest claim wanted.
    limit: usize,
    /// Whether it found fewer.
    is_drained: bool,
}

impl Lane {
    pub(crate) fn new(ground: Ground, name: DestinationName) -> Arc<Self> {
        let budget = Budget::new(RETRIES_PERCENT, since_epoch(ground.app.clock().now()));
        let guard = Mutex::new(Guard { valve: Valve::new(1, BREAKS), budget });
        Arc::new(Self { ground, name, guard, woken: Notify::new() })
    }

    /// Claims and calls until nothing is due or nothing may be called.
    pub(crate) async fn run(self: Arc<Self>) {
        let run = Run {
            lane: self,
            waiting: VecDeque::new(),
            claim: None,
            calls: JoinSet::new(),
            limit: 0,
            is_drained: false,
        };
        run.go().await;
    }

    pub(crate) fn wake(&self) {
        self.woken.notify_one();
    }

    pub(crate) fn breaker(&self) -> courier::Breaker {
        match self.guarded(|guard, now| guard.valve.condition(now)) {
            Condition::Closed => courier::Breaker::Closed,
            Condition::HalfOpen => courier::Breaker::HalfOpen,
            Condition::Open => courier::Breaker::Open,
        }
    }

    fn now(&self) -> Timestamp {
        self.ground.app.clock().now()
    }

    fn guarded<T>(&self, work: impl FnOnce(&mut Guard, Duration) -> T) -> T {
        let now = since_epoch(self.now());
        work(&mut self.guard.lock().unwrap_or_else(PoisonError::into_inner), now)
    }

    /// Tasks that a claim may take now.
    fn claimable(&self, address: &Address) -> usize {
        let calls = address.limits().calls;
        self.guarded(|guard, now| {
            guard.valve.set_calls_max(calls as usize);
            match guard.valve.condition(now) {
                Condition::Closed => ((calls * CLAIMED_PER_CALL) as usize).min(CLAIMED_MAX),
                Condition::HalfOpen => guard.valve.room(now),
                Condition::Open => 0,
            }
        })
    }

    /// Claims what is due and reads what it is about. What fails is told and tried again by the next run.
    async fn claim(self: Arc<Self>) -> Claimed {
        match self.try_claim().await {
            Ok(claimed) => claimed,
            Err(error) => {
                let error = Causes(&error);
                tracing::warn!(destination = %self.name, %error, "awards could not be taken from the outbox");
                Claimed::default()
            }
        }
    }

    async fn try_claim(&self) -> tombola_app::Result<Claimed> {
        let Ground { app, .. } = &self.ground;
        let address = match app.address(&self.name).await {
            Ok(address) => Arc::new(address),
            Err(error @ (Error::DestinationUnknown(_) | Error::DestinationSealed(_))) => {
                self.put_off(&error).await?;
                return Ok(Claimed::default());
            }
            Err(error) => return Err(error),
        };
        let limit = self.claimable(&address);
        if limit == 0 {
            return Ok(Claimed::default());
        }
        let tasks = self.claimed(limit, address.limits().call_ms).await?;
        let may_be_more = tasks.len() == limit;
        let awards = match self.awards_of(&tasks).await {
            Ok(awards) => awards,
            Err(error) => {
                self.give_back(tasks).await;
                return Err(error.into());
            }
        };
        let mut awards: HashMap<_, _> = awards.into_iter().map(|award| (award.position, award)).collect();
        let parcel = |task: Task| {
            let award = awards.remove(&task.number)?;
            Some(Parcel { task, award, address: Arc::clone(&address) })
        };
        Ok(Claimed { parcels: tasks.into_iter().filter_map(parcel).collect(), limit, may_be_more })
    }

    /// What these are of. Where some of it is damaged each is read by itself, and what can't be is given up.
    async fn awards_of(&self, tasks: &[Task]) -> tombola_store::Result<Vec<Award>> {
        let Ground { store, endings, .. } = &self.ground;
        let numbers: Vec<_> = tasks.iter().map(|task| task.number).collect();
        match store.awards_at(&numbers).await {
            Err(error) if error.is_damage() => {}
            read => return read,
        }
        let mut awards = Vec::with_capacity(tasks.len());
        for task in tasks {
            match store.awards_at(&[task.number]).await {
                Err(error) if error.is_damage() => {
                    self.tell_damage(task, &error);
                    let reason = "it is damaged; the host's log says how".to_owned();
                    endings.add(task.clone(), Ending::Dead { reason }).await;
                }
                read => awards.extend(read?),
            }
        }
        Ok(awards)
    }

    fn tell_damage(&self, Task { number, .. }: &Task, error: &StoreError) {
        let error = Causes(error);
        tracing::error!(destination = %self.name, number, %error, "an award that is damaged was given up");
    }

    async fn claimed(&self, limit: usize, call_ms: u32) -> tombola_store::Result<Vec<Task>> {
        let now = self.now();
        let claim = Claim {
            queue: Queue::Webhook(self.name.clone()),
            owner: self.ground.owner.to_string(),
            now,
            until: later(now, SPARE + Duration::from_millis(call_ms.into()) * CALLS_BEFORE),
            limit: u32::try_from(limit).unwrap_or(u32::MAX),
        };
        self.ground.store.claim_tasks(&claim).await
    }

    /// Gives tasks back, as if they had not been claimed.
    async fn give_back(&self, tasks: impl IntoIterator<Item = Task>) {
        for task in tasks {
            self.ground.endings.add(task, Ending::Returned).await;
        }
    }

    /// Lets what is due wait for an operator, with the reason beside it.
    async fn put_off(&self, error: &Error) -> tombola_store::Result<()> {
        tracing::warn!(destination = %self.name, error = %Causes(&error), "nothing can be sent");
        let due = later(self.now(), UNADDRESSED);
        for task in self.claimed(CLAIMED_MAX, 0).await? {
            self.ground.endings.add(task, Ending::Again { due, reason: error.to_string() }).await;
        }
        Ok(())
    }

    /// Lets a call through, if there is room.
    fn begin(&self, task: &Task) -> Option<Ticket> {
        self.guarded(|guard, now| {
            if guard.valve.room(now) == 0 {
                return None;
            }
            if task.attempts == 1 {
                guard.budget.earn(now);
            }
            Some(guard.valve.begin(now))
        })
    }

    /// Ends the claim of a task whose call ended.
    async fn end(&self, called: Called) {
        let Called { task, ticket, outcome, took } = called;
        let (random, jitter) = (self.ground.app.entropy().number(), self.ground.app.entropy().number());
        let now = self.now();
        let ending = self.guarded(|guard, moment| {
            guard.valve.end(ticket, verdict::is_delivered(&outcome), moment, random);
            let wait = || BETWEEN_TRIES.wait(task.attempts - 1, jitter).max(guard.budget.charge(moment));
            verdict::ending(&outcome, task.attempts, now, wait)
        });
        self.ground.webhooks.note(&self.name, self.breaker());
        if let Ending::Dead { reason } = &ending {
            tracing::warn!(destination = %self.name, reason, "an award could not be delivered and was given up");
        }
        measures::called(&self.name, &ending, took);
        self.ground.endings.add(task, ending).await;
    }
}

impl Run {
    async fn go(mut self) {
        loop {
            let is_stopping = *self.lane.ground.stopping.borrow();
            let stands_still = is_stopping || !self.lane.ground.app.delivers();
            if stands_still || self.lane.breaker() == courier::Breaker::Open {
                self.give_back().await;
                self.is_drained = true;
            } else {
                self.begin_calls().await;
            }
            // Half of what a claim took is left while the next one is on its way.
            if self.claim.is_none() && !self.is_drained && self.waiting.len() <= self.limit / 2 {
                self.claim = Some(tokio::spawn(Arc::clone(&self.lane).claim()));
            }
            if self.claim.is_none() && self.calls.is_empty() {
                break self.give_back().await;
            }
            self.wait(is_stopping).await;
        }
    }

    /// Waits until something ends that is under way, or there may be something new.
    async fn wait(&mut self, is_stopping: bool) {
        let lane = Arc::clone(&self.lane);
        let mut stopping = lane.ground.stopping.clone();
        tokio::select! {
            Some(called) = self.calls.join_next() => match called {
                Ok(called) => lane.end(called).await,
                Err(error) => tracing::error!(%error, "a call failed; its task is done once more"),
            },
            claimed = claimed(&mut self.claim), if self.claim.is_some() => {
                self.claim = None;
                let Claimed { parcels, limit, may_be_more } = claimed.unwrap_or_default();
                self.waiting.extend(parcels);
                (self.limit, self.is_drained) = (limit, !may_be_more);
            }
            () = lane.woken.notified(), if !is_stopping => self.is_drained = false,
            _ = stopping.changed(), if !is_stopping => {}
        }
    }

    /// Begins as many calls as there is room for. What has waited so long that its claim may end before its call is given back.
    async fn begin_calls(&mut self) {
        while let Some(parcel) = self.waiting.pop_front() {
            let call = Duration::from_millis(parcel.address.limits().call_ms.into());
            if parcel.task.until <= later(self.lane.now(), call) {
                self.lane.give_back([parcel.task]).await;
                continue;
            }
            let Some(ticket) = self.lane.begin(&parcel.task) else {
                self.waiting.push_front(parcel);
                break;
            };
            self.calls.spawn(call_up(Arc::clone(&self.lane), parcel, ticket));
        }
    }

    /// Gives back what waits.
    async fn give_back(&mut self) {
        self.lane.give_back(self.waiting.drain(..).map(|parcel| parcel.task)).await;
    }
}

async fn claimed(claim: &mut Option<JoinHandle<Claimed>>) -> Option<Claimed> {
    claim.as_mut()?.await.ok()
}

async fn call_up(lane: Arc<Lane>, parcel: Parcel, ticket: Ticket) -> Called {
    let Parcel { task, award, address } = parcel;
    let began = Instant::now();
    let message = address.tell(&award, lane.now());
    let outcome = lane.ground.webhooks.send(&message).await;
    Called { task, ticket, outcome, took: began.elapsed() }
}

fn since_epoch(now: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(now.as_millis()).unwrap_or_default())
}
