//! Group commit: while one batch is made durable, what arrives of its kind becomes the next.
//!
//! What can't be committed because something that it needs is damaged fails alone: its batch is committed again in halves, and these in
//! halves where they fail as well.

use std::sync::Arc;
use std::time::Instant;

use metrics::{counter, histogram};
use tokio::sync::{mpsc, oneshot};
use tombola_domain::causes::Causes;
use tombola_store::halves::Halves;
use tombola_store::{Store, StoreError};

use crate::{Error, Result};

/// Draws, or whatever else it is, in one transaction: beyond this, waiting grows faster than throughput. No request has as many.
pub(crate) const BATCH_MAX: usize = 256;
/// Requests that wait for a transaction.
const QUEUE_MAX: usize = 4_096;

/// Time of a commit, from the batch to its durability.
pub(crate) const COMMIT_SECONDS: &str = "tombola_commit_seconds";
/// How much was in a batch: of draws, how many.
pub(crate) const COMMIT_BATCH: &str = "tombola_commit_batch_draws";
/// Batches whose commit failed as a whole.
pub(crate) const COMMIT_FAILURES: &str = "tombola_commit_failures_total";

/// What is committed together with others of its kind.
pub(crate) trait Batched: Send + Sync + Sized + 'static {
    /// What is answered for each once it is durable, or known not to be done.
    type Done: Send + 'static;
    /// In metrics and logs.
    const NAME: &'static str;

    /// How much of a batch it takes, at most [`BATCH_MAX`].
    fn weight(&self) -> usize {
        1
    }

    /// Commits a batch, and answers for each in its order. Where it fails since something is damaged, nothing of it was done.
    fn commit(store: &dyn Store, batch: &[Self])
    -> impl Future<Output = tombola_store::Result<Vec<Self::Done>>> + Send;
}

/// What became of one member of a batch.
pub(crate) enum Committed<Done> {
    /// The batch is durable.
    Done(Done),
    /// The batch failed, and it is unknown what of it is durable.
    Unknown,
}

struct Waiting<B: Batched> {
    commit: B,
    answer: Answer<B>,
}

/// What became of it, or how it is damaged.
type Answer<B> = oneshot::Sender<Result<Committed<<B as Batched>::Done>, StoreError>>;

/// The way into the next batch.
pub(crate) struct Committer<B: Batched> {
    queue: mpsc::Sender<Waiting<B>>,
}

impl<B: Batched> Committer<B> {
    /// Starts the task that commits; it ends when the committer is dropped, after the last batch.
    pub(crate) fn start(store: Arc<dyn Store>) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        // Whoever watches it sees the first failure only as a change from none.
        counter!(COMMIT_FAILURES, "of" => B::NAME).increment(0);
        tokio::spawn(run(store, waiting));
        Self { queue }
    }

    pub(crate) async fn commit(&self, commit: B) -> Result<Committed<B::Done>> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Waiting { commit, answer }).map_err(|_| Error::Busy)?;
        Ok(answered.await.unwrap_or(Ok(Committed::Unknown))?)
    }
}

/// What is logged of batches that fail: the turn, since a disk that fails does so with each of them.
#[derive(Debug, Default)]
struct Failing {
    /// Why the latest one failed; `None` where it did not.
    reason: Option<String>,
    /// How many failed one after the other.
    batches: u64,
}

impl Failing {
    /// Whether a batch that failed for this reason is the first.
    fn begins(&mut self, reason: String) -> bool {
        self.batches += 1;
        let is_known = self.reason.as_ref() == Some(&reason);
        self.reason = Some(reason);
        !is_known
    }

    /// How many failed before this one did not; `None` where none did.
    fn ends(&mut self) -> Option<u64> {
        self.reason.take()?;
        Some(std::mem::take(&mut self.batches))
    }
}

async fn run<B: Batched>(store: Arc<dyn Store>, mut queue: mpsc::Receiver<Waiting<B>>) {
    let mut waiting = Vec::with_capacity(BATCH_MAX);
    let mut failing = Failing::default();
    while !waiting.is_empty() || queue.recv_many(&mut waiting, BATCH_MAX).await > 0 {
        let (count, weight) = fitting(waiting.iter().map(|one| one.commit.weight()));
        let (commits, answers): (Vec<_>, Vec<_>) = waiting.drain(..count).map(|one| (one.commit, one.answer)).unzip();
        histogram!(COMMIT_BATCH, "of" => B::NAME).record(u32::try_from(weight).map_or(f64::NAN, f64::from));
        commit(&*store, commits, answers, &mut failing).await;
    }
}

/// Commits a batch, in ever smaller parts where something in it is damaged, and answers for each as soon as its part is committed.
async fn commit<B: Batched>(store: &dyn Store, commits: Vec<B>, answers: Vec<Answer<B>>, failing: &mut Failing) {
    let mut answers = answers.into_iter();
    let mut parts = Halves::of(commits.len());
    while let Some(part) = parts.pop() {
        let began = Instant::now();
        let outcome = B::commit(store, &commits[part.clone()]).await;
        histogram!(COMMIT_SECONDS, "of" => B::NAME).record(began.elapsed());
        match outcome {
            Err(error) if error.is_damage() && parts.halve(&part) => {}
            outcome => answer::<B>(outcome, answers.by_ref().take(part.len()), failing),
        }
    }
}

/// How many of the requests that wait make the next batch, and how much they take of it. The first one always fits.
fn fitting(weights: impl Iterator<Item = usize>) -> (usize, usize) {
    let sums = weights.scan(0, |sum, weight| {
        *sum += weight;
        Some(*sum)
    });
    let fits = sums.enumerate().take_while(|(number, sum)| *number == 0 || *sum <= BATCH_MAX);
    fits.last().map_or((0, 0), |(number, sum)| (number + 1, sum))
}

fn answer<B: Batched>(
    outcome: tombola_store::Result<Vec<B::Done>>,
    mut answers: impl ExactSizeIterator<Item = Answer<B>>,
    failing: &mut Failing,
) {
    // A client that went away no longer listens; what it asked for is committed all the same and waits under its key.
    match outcome {
        Ok(results) => {
            if let Some(failed) = failing.ends() {
                tracing::info!(of = B::NAME, failed, "batches are committed again");
            }
            for (result, answer) in results.into_iter().zip(answers) {
                let _ = answer.send(Ok(Committed::Done(result)));
            }
        }
        // There is one, since more would have been parted; who is answered so logs it.
        Err(error) if error.is_damage() => {
            if let Some(answer) = answers.next() {
                let _ = answer.send(Err(error));
            }
        }
        Err(error) => {
            counter!(COMMIT_FAILURES, "of" => B::NAME).increment(1);
            if failing.begins(error.to_string()) {
                let (of, requests) = (B::NAME, answers.len());
                tracing::error!(error = %Causes(&error), of, requests, "a batch failed");
            }
            for answer in answers {
                let _ = answer.send(Ok(Committed::Unknown));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_fails_is_told_of_once() {
        let mut failing = Failing::default();
        assert_eq!(failing.ends(), None);
        let begins = ["full", "full", "broken", "broken", "full"].map(|reason| failing.begins(reason.to_owned()));
        assert_eq!(begins, [true, false, true, false, true]);
        assert_eq!([failing.ends(), failing.ends()], [Some(5), None]);
        assert!(failing.begins("full".to_owned()));
    }

    /// Told by its number; odd tens are damaged.
    struct Numbered(u32);

    impl Batched for Numbered {
        type Done = u32;
        const NAME: &'static str = "numbers";

        async fn commit(_: &dyn Store, batch: &[Self]) -> tombola_store::Result<Vec<u32>> {
            if batch.iter().any(|one| one.0 % 20 == 10) {
                return Err(StoreError::Refused("there is one already".into()));
            }
            Ok(batch.iter().map(|one| one.0).collect())
        }
    }

    #[tokio::test]
    async fn what_is_damaged_fails_alone() {
        let folder = tempfile::TempDir::new().unwrap();
        let settings = tombola_store_sqlite::Settings::new(folder.path().join("tombola.db"));
        let store = tombola_store_sqlite::open(settings).await.unwrap();
        for count in [1, 2, 11, 12, 64] {
            let (answers, answered): (Vec<_>, Vec<_>) = (0..count).map(|_| oneshot::channel()).unzip();
            let mut failing = Failing::default();
            commit(&store, (0..count).map(Numbered).collect(), answers, &mut failing).await;
            for (number, answered) in (0..count).zip(answered) {
                match answered.await.unwrap() {
                    Ok(Committed::Done(done)) => assert!(done == number && number % 20 != 10, "{number} of {count}"),
                    Err(error) => assert!(error.is_damage() && number % 20 == 10, "{number} of {count}"),
                    Ok(Committed::Unknown) => panic!("{number} of {count} is known"),
                }
            }
            assert_eq!(failing.ends(), None, "the database fares well");
        }
    }

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
