//! Group commit: while one batch is made durable, the draws that arrive become the next.

use std::sync::Arc;
use std::time::Instant;

use metrics::{counter, histogram};
use tokio::sync::{mpsc, oneshot};
use tombola_domain::series::Series;
use tombola_store::Store;
use tombola_store::draws::{Draw, DrawCommit, Dropped};

use crate::{Error, Result};

/// Draws in one transaction: beyond this, waiting grows faster than throughput. No request has as many.
pub(crate) const BATCH_MAX: usize = 256;
/// Requests that wait for a transaction.
const QUEUE_MAX: usize = 4_096;

/// Time of a commit, from the batch to its durability.
pub(crate) const COMMIT_SECONDS: &str = "tombola_commit_seconds";
/// Draws in a batch.
pub(crate) const COMMIT_BATCH: &str = "tombola_commit_batch_draws";
/// Batches whose commit failed as a whole.
pub(crate) const COMMIT_FAILURES: &str = "tombola_commit_failures_total";

/// What became of the draws of one request.
pub(crate) enum Committed {
    /// They are durable.
    Done(Series<Draw>),
    /// They are to be decided again.
    Dropped(Dropped),
    /// The batch failed, and it is unknown what of it is durable.
    Unknown,
}

struct Waiting {
    commit: DrawCommit,
    answer: oneshot::Sender<Committed>,
}

/// The way into the next batch.
#[derive(Clone)]
pub(crate) struct Committer {
    queue: mpsc::Sender<Waiting>,
}

impl Committer {
    /// Starts the task that commits; it ends when the last committer is dropped, after the last batch.
    pub(crate) fn start(store: Arc<dyn Store>) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(run(store, waiting));
        Self { queue }
    }

    pub(crate) async fn commit(&self, commit: DrawCommit) -> Result<Committed> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Waiting { commit, answer }).map_err(|_| Error::Busy)?;
        Ok(answered.await.unwrap_or(Committed::Unknown))
    }
}

async fn run(store: Arc<dyn Store>, mut queue: mpsc::Receiver<Waiting>) {
    let mut waiting = Vec::with_capacity(BATCH_MAX);
    while !waiting.is_empty() || queue.recv_many(&mut waiting, BATCH_MAX).await > 0 {
        let (count, draws) = fitting(waiting.iter().map(|one| one.commit.draws.len()));
        let (commits, answers): (Vec<_>, Vec<_>) = waiting.drain(..count).map(|one| (one.commit, one.answer)).unzip();
        histogram!(COMMIT_BATCH).record(u32::try_from(draws).map_or(f64::NAN, f64::from));
        let began = Instant::now();
        let outcome = store.commit_draws(commits).await;
        histogram!(COMMIT_SECONDS).record(began.elapsed());
        answer(outcome, answers);
    }
}

/// How many of the requests that wait make the next batch, and how many draws it has then. The first one always fits.
fn fitting(lengths: impl Iterator<Item = usize>) -> (usize, usize) {
    let sums = lengths.scan(0, |sum, length| {
        *sum += length;
        Some(*sum)
    });
    let fits = sums.enumerate().take_while(|(number, sum)| *number == 0 || *sum <= BATCH_MAX);
    fits.last().map_or((0, 0), |(number, sum)| (number + 1, sum))
}

fn answer(
    outcome: tombola_store::Result<Vec<std::result::Result<Series<Draw>, Dropped>>>,
    answers: Vec<oneshot::Sender<Committed>>,
) {
    // A client that went away no longer listens; its draws are committed all the same and wait under its key.
    match outcome {
        Ok(results) => {
            for (result, answer) in results.into_iter().zip(answers) {
                let _ = answer.send(result.map_or_else(Committed::Dropped, Committed::Done));
            }
        }
        Err(error) => {
            counter!(COMMIT_FAILURES).increment(1);
            tracing::error!(error = &error as &dyn std::error::Error, requests = answers.len(), "a batch failed");
            for answer in answers {
                let _ = answer.send(Committed::Unknown);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_holds_as_many_draws_as_fit() {
        let fitting = |lengths: &[usize]| fitting(lengths.iter().copied());
        assert_eq!(fitting(&[]), (0, 0));
        assert_eq!(fitting(&[1; BATCH_MAX]), (BATCH_MAX, BATCH_MAX));
        assert_eq!(fitting(&[1; BATCH_MAX + 1]), (BATCH_MAX, BATCH_MAX));
        assert_eq!(fitting(&[100, 100, 56, 1]), (3, 256));
        assert_eq!(fitting(&[100, 100, 57, 1]), (2, 200));
        assert_eq!(fitting(&[BATCH_MAX + 1, 1]), (1, BATCH_MAX + 1));
    }
}
