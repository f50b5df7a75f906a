//! A lane beside the threads that serve, for work of which a piece may take long.

mod queue;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use std::{io, thread};

use rustix::process::setpriority_process;
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::oneshot;
use tombola_domain::id::CampaignId;

use self::queue::{Next, Piece, Queue};
use crate::Result;

/// What a piece of work came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Came {
    /// It was worth its time.
    Well,
    /// A rule failed.
    ToAFault,
}

/// Threads that give way to those that serve. They take the campaigns in turn, so that none waits for more than one piece of each
/// other; those whose latest piece came to a fault have a small part of one thread among them.
pub(crate) struct Lane(Arc<Shared>);

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

impl Lane {
    /// Starts as many threads, of the niceness that is given (19 is the lowest priority); they end when the lane is dropped, each after
    /// the piece that it is at.
    pub(crate) fn start(name: &str, threads: usize, niceness: i32) -> io::Result<Self> {
        let lane = Self(Arc::default());
        for _ in 0..threads {
            let shared = Arc::clone(&lane.0);
            let work = move || {
                give_way(niceness);
                while let Some((campaign, piece)) = shared.next() {
                    let before = time_on_a_core();
                    let came = (piece.work)();
                    let took = time_on_a_core().saturating_sub(before);
                    shared.queue().ended(&campaign, came, took, Instant::now());
                    // What waits of that campaign may be others' to do now.
                    shared.changed.notify_one();
                }
            };
            thread::Builder::new().name(name.to_owned()).spawn(work)?;
        }
        Ok(lane)
    }

    /// Does a piece of work for a campaign in its turn, unless whoever asked is gone by then. `Busy` where as many wait as may.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        campaign: &CampaignId,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        self.decide(campaign, 1, move || (work(), None)).await
    }

    /// The same for work that tells what it came to, and for which so many draws of one request wait.
    pub(crate) async fn decide<T: Send + 'static>(
        &self,
        campaign: &CampaignId,
        draws: u32,
        work: impl FnOnce() -> (T, Option<Came>) + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel::<Result<T, Box<dyn Any + Send>>>();
        let work = move || {
            if answer.is_closed() {
                return None;
            }
            let (done, came) = match catch_unwind(AssertUnwindSafe(work)) {
                Ok((done, came)) => (Ok(done), came),
                Err(panic) => (Err(panic), None),
            };
            let _ = answer.send(done);
            came
        };
        self.0.queue().push(campaign, Piece { work: Box::new(work), draws })?;
        self.0.changed.notify_one();
        let done = answered.await.expect("the lane is there as long as somebody waits for it, and answers everybody");
        Ok(done.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

impl Lane {
    /// Takes a campaign for sound again, since other rules are to be asked.
    pub(crate) fn forgive(&self, campaign: &CampaignId) {
        self.0.queue().forgive(campaign);
        self.0.changed.notify_one();
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.0.queue().end();
        self.0.changed.notify_all();
    }
}

impl Shared {
    /// Waits for the next piece; there is none after the end.
    fn next(&self) -> Option<(CampaignId, Piece)> {
        let mut queue = self.queue();
        loop {
            let now = Instant::now();
            queue = match queue.pop(now) {
                Next::Piece(campaign, piece) => {
                    // Whoever woke up for it may have been the only one to know of the others.
                    if !queue.is_empty() {
                        self.changed.notify_one();
                    }
                    return Some((campaign, piece));
                }
                Next::None => self.changed.wait(queue).expect(UNPOISONED),
                Next::From(then) => {
                    self.changed.wait_timeout(queue, then.saturating_duration_since(now)).expect(UNPOISONED).0
                }
                Next::Ended => return None,
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().expect(UNPOISONED)
    }
}

const UNPOISONED: &str = "nothing that can panic runs under this lock";

/// Gives the calling thread a lower priority. Where the system forbids it, work goes on all the same, at the cost of who is served
/// meanwhile.
fn give_way(niceness: i32) {
    if let Err(error) = setpriority_process(None, niceness) {
        tracing::warn!(%error, "slow work can't be given a lower priority; it may slow down draws");
    }
}

/// For how long the calling thread had a core.
fn time_on_a_core() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).expect("no time before the thread began")
}

#[cfg(test)]
mod tests {
    use std::sync::{Barrier, mpsc};

    use tombola_domain::random::Seed;

    use super::queue::CAMPAIGN_MAX;
    use super::*;
    use crate::Error;

    fn campaign(name: &str) -> CampaignId {
        name.parse().unwrap()
    }

    /// A lane whose only thread is held until the sender is dropped.
    async fn held() -> (Arc<Lane>, mpsc::Sender<()>) {
        let lane = Arc::new(Lane::start("lane", 1, 0).unwrap());
        let (hold, until_dropped) = mpsc::channel();
        let (begun, has_begun) = oneshot::channel();
        let holding = Arc::clone(&lane);
        tokio::spawn(async move {
            let work = move || {
                begun.send(()).unwrap();
                until_dropped.recv().unwrap_err();
            };
            holding.run(&campaign("holder"), work).await.unwrap();
        });
        has_begun.await.unwrap();
        (lane, hold)
    }

    /// Queues a piece that tells its name.
    async fn queue(lane: &Arc<Lane>, of: &str, told: &mpsc::Sender<String>) -> tokio::task::JoinHandle<Result<()>> {
        queue_for(lane, of, 1, told).await
    }

    /// The same, which holds up so many draws.
    async fn queue_for(
        lane: &Arc<Lane>,
        of: &str,
        draws: u32,
        told: &mpsc::Sender<String>,
    ) -> tokio::task::JoinHandle<Result<()>> {
        let (lane, of, told) = (Arc::clone(lane), of.to_owned(), told.clone());
        let before = lane.0.queue().draws();
        let waiting = {
            let lane = Arc::clone(&lane);
            tokio::spawn(async move {
                lane.decide(&campaign(&of), draws, move || (told.send(of.clone()).unwrap(), None)).await
            })
        };
        while lane.0.queue().draws() == before && !waiting.is_finished() {
            tokio::task::yield_now().await;
        }
        waiting
    }

    #[tokio::test]
    async fn campaigns_take_turns() {
        let (lane, hold) = held().await;
        let (told, order) = mpsc::channel();
        let mut waiting = Vec::new();
        for of in ["a", "a", "a", "b", "c", "b"] {
            waiting.push(queue(&lane, of, &told).await);
        }
        drop((hold, told));
        for piece in waiting {
            piece.await.unwrap().unwrap();
        }
        assert_eq!(order.iter().collect::<Vec<_>>(), ["a", "b", "c", "a", "b", "a"]);
        assert_eq!(lane.0.queue().draws(), 0);
        assert!(lane.0.queue().is_empty());
    }

    #[tokio::test]
    async fn a_campaign_fills_its_own_places_only() {
        let (lane, hold) = held().await;
        let (told, order) = mpsc::channel();
        let mut waiting = Vec::new();
        for _ in 0..CAMPAIGN_MAX {
            waiting.push(queue(&lane, "a", &told).await);
        }
        assert!(matches!(queue(&lane, "a", &told).await.await.unwrap(), Err(Error::Busy)));
        waiting.push(queue(&lane, "b", &told).await);
        drop((hold, told));
        for piece in waiting {
            piece.await.unwrap().unwrap();
        }
        assert_eq!(order.iter().position(|of| of == "b"), Some(1));
    }

    #[tokio::test]
    async fn long_requests_leave_room_for_others() {
        let (lane, hold) = held().await;
        let (told, order) = mpsc::channel();
        let mut waiting = Vec::new();
        for of in ["a", "a", "b", "b", "c", "c", "d", "d", "e", "e"] {
            waiting.push(queue_for(&lane, of, 100, &told).await);
        }
        let refused = |of: &'static str, draws| queue_for(&lane, of, draws, &told);
        assert!(matches!(refused("a", 57).await.await.unwrap(), Err(Error::Busy)), "of one campaign");
        assert!(matches!(refused("f", 25).await.await.unwrap(), Err(Error::Busy)), "of all");
        waiting.push(queue_for(&lane, "f", 24, &told).await);
        drop((hold, told));
        for piece in waiting {
            piece.await.unwrap().unwrap();
        }
        assert_eq!((order.iter().count(), lane.0.queue().draws()), (11, 0));
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_left_out() {
        let (lane, hold) = held().await;
        let (told, order) = mpsc::channel();
        let gone = queue(&lane, "a", &told).await;
        gone.abort();
        gone.await.unwrap_err();
        let last = queue(&lane, "b", &told).await;
        drop((hold, told));
        last.await.unwrap().unwrap();
        assert_eq!(order.iter().collect::<Vec<_>>(), ["b"]);
    }

    /// The pieces of a round wait for each other, so that this hangs where a thread sleeps on while there is something to do. Some come
    /// to faults, and so have to wait for their time in the next rounds.
    #[tokio::test]
    async fn no_thread_sleeps_while_there_is_something_to_do() {
        const THREADS: usize = 3;
        let lane = Arc::new(Lane::start("lane", THREADS, 0).unwrap());
        let mut chance = Seed::from_bytes([1; 32]).stream("rounds");
        let mut any_below = |bound| usize::try_from(chance.below(bound)).unwrap();
        for _ in 0..500 {
            let together = Arc::new(Barrier::new(THREADS));
            let pieces: Vec<_> = (0..THREADS)
                .map(|_| {
                    let of = campaign(["a", "b", "c", "d"][any_below(4)]);
                    let came = [None, Some(Came::Well), Some(Came::ToAFault)][any_below(3)];
                    let (lane, together) = (Arc::clone(&lane), Arc::clone(&together));
                    tokio::spawn(async move {
                        let work = move || {
                            together.wait();
                            ((), came)
                        };
                        lane.decide(&of, 1, work).await
                    })
                })
                .collect();
            for piece in pieces {
                piece.await.unwrap().unwrap();
            }
        }
    }

    #[tokio::test]
    async fn who_is_forgiven_waits_no_longer() {
        let lane = Arc::new(Lane::start("lane", 1, 0).unwrap());
        let (told, order) = mpsc::channel();
        for _ in 0..100 {
            // Nothing would be done of it for hours.
            lane.0.queue().ended(&campaign("a"), Some(Came::ToAFault), Duration::from_hours(1), Instant::now());
            let waiting = queue(&lane, "a", &told).await;
            lane.forgive(&campaign("a"));
            waiting.await.unwrap().unwrap();
        }
        assert_eq!(order.try_iter().count(), 100);
    }

    #[tokio::test]
    async fn a_panic_is_the_askers() {
        let lane = Arc::new(Lane::start("lane", 1, 0).unwrap());
        let of_task = Arc::clone(&lane);
        let task = tokio::spawn(async move { of_task.run(&campaign("a"), || panic!("at work")).await });
        assert!(task.await.unwrap_err().is_panic());
        assert_eq!(lane.run(&campaign("a"), || 7).await.unwrap(), 7);
    }
}
