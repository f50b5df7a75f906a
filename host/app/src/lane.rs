//! A lane beside the threads that serve, for work of which a piece may take long.

use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::{io, thread};

use rustix::process::setpriority_process;
use tokio::sync::oneshot;
use tombola_domain::id::CampaignId;

use crate::{Error, Result};

/// Pieces of one campaign's work that may wait.
const CAMPAIGN_MAX: usize = 64;
/// Draws that are held up by pieces of one campaign's: an eighth of all that may be under way.
const CAMPAIGN_DRAWS_MAX: u32 = 256;
/// Draws that are held up in all: half of those that may be under way, so that slow campaigns together leave room for the others.
const DRAWS_MAX: u32 = 1_024;

type Work = Box<dyn FnOnce() + Send>;

struct Piece {
    work: Work,
    /// Draws that it holds up.
    draws: u32,
}

/// Threads that give way to those that serve. They take the campaigns in turn, so that none waits for more than one piece of each
/// other.
pub(crate) struct Lane(Arc<Shared>);

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    pieces: HashMap<CampaignId, VecDeque<Piece>>,
    /// The campaigns that have pieces, by whose turn it is.
    turns: VecDeque<CampaignId>,
    /// Draws that are held up.
    draws: u32,
    ended: bool,
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
                while let Some(piece) = shared.next() {
                    (piece.work)();
                }
            };
            thread::Builder::new().name(name.to_owned()).spawn(work)?;
        }
        Ok(lane)
    }

    /// Does a piece of work for a campaign in its turn, unless whoever asked is gone by then. `draws` are those of the request that
    /// waits for it. `Busy` where as many wait as may.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        campaign: &CampaignId,
        draws: u32,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel::<Result<T, Box<dyn Any + Send>>>();
        let work = move || {
            if !answer.is_closed() {
                let _ = answer.send(catch_unwind(AssertUnwindSafe(work)));
            }
        };
        self.0.queue().push(campaign, Piece { work: Box::new(work), draws })?;
        self.0.changed.notify_one();
        let done = answered.await.expect("the lane is there as long as somebody waits for it, and answers everybody");
        Ok(done.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.0.queue().ended = true;
        self.0.changed.notify_all();
    }
}

impl Shared {
    /// Waits for the next piece; there is none after the end.
    fn next(&self) -> Option<Piece> {
        let mut queue = self.queue();
        loop {
            if queue.ended {
                return None;
            }
            if let Some(piece) = queue.pop() {
                return Some(piece);
            }
            queue = self.changed.wait(queue).expect(UNPOISONED);
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().expect(UNPOISONED)
    }
}

impl Queue {
    fn push(&mut self, campaign: &CampaignId, piece: Piece) -> Result<()> {
        let of_campaign = self.pieces.get(campaign);
        let pieces = of_campaign.map_or(0, VecDeque::len);
        let draws: u32 = of_campaign.into_iter().flatten().map(|piece| piece.draws).sum();
        if pieces >= CAMPAIGN_MAX || draws + piece.draws > CAMPAIGN_DRAWS_MAX || self.draws + piece.draws > DRAWS_MAX {
            return Err(Error::Busy);
        }
        if pieces == 0 {
            self.turns.push_back(campaign.clone());
        }
        self.draws += piece.draws;
        self.pieces.entry(campaign.clone()).or_default().push_back(piece);
        Ok(())
    }

    fn pop(&mut self) -> Option<Piece> {
        let campaign = self.turns.pop_front()?;
        let pieces = self.pieces.get_mut(&campaign)?;
        let piece = pieces.pop_front()?;
        if pieces.is_empty() {
            self.pieces.remove(&campaign);
        } else {
            self.turns.push_back(campaign);
        }
        self.draws -= piece.draws;
        Some(piece)
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

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
            holding.run(&campaign("holder"), 1, work).await.unwrap();
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
        let before = lane.0.queue().draws;
        let waiting = {
            let lane = Arc::clone(&lane);
            tokio::spawn(async move { lane.run(&campaign(&of), draws, move || told.send(of.clone()).unwrap()).await })
        };
        while lane.0.queue().draws == before && !waiting.is_finished() {
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
        assert_eq!(lane.0.queue().draws, 0);
        assert!(lane.0.queue().pieces.is_empty());
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
        assert_eq!((order.iter().count(), lane.0.queue().draws), (11, 0));
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

    #[tokio::test]
    async fn a_panic_is_the_askers() {
        let lane = Arc::new(Lane::start("lane", 1, 0).unwrap());
        let of_task = Arc::clone(&lane);
        let task = tokio::spawn(async move { of_task.run(&campaign("a"), 1, || panic!("at work")).await });
        assert!(task.await.unwrap_err().is_panic());
        assert_eq!(lane.run(&campaign("a"), 1, || 7).await.unwrap(), 7);
    }
}
