//! Ends of claims, written many at a time. Nobody waits for one, so that each transaction takes as many as come in a while.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tombola_app::App;
use tombola_domain::causes::Causes;
use tombola_store::outbox::{Ending, Task};
use tombola_store::{Store, StoreError};

/// Endings of one transaction.
const BATCH_MAX: usize = 256;
/// Endings that wait for one. Beyond that, lanes wait.
const QUEUE_MAX: usize = 1_024;
/// How long others are waited for.
const GATHER: Duration = Duration::from_millis(10);
/// How often a transaction is tried that failed. Afterwards its claims end by themselves, and their tasks are done once more.
const TRIES_MAX: u32 = 5;
/// Between two tries.
const PAUSE: Duration = Duration::from_secs(1);

/// The way to the next transaction.
#[derive(Clone)]
pub(crate) struct Endings(mpsc::Sender<(Task, Ending)>);

impl Endings {
    /// Starts the task that writes. It ends after the last of these has gone.
    pub(crate) fn start(app: Arc<App>, store: Arc<dyn Store>) -> (Self, JoinHandle<()>) {
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        (Self(sender), tokio::spawn(run(app, store, receiver)))
    }

    /// Has a claim ended.
    pub(crate) async fn add(&self, task: Task, ending: Ending) {
        // Nobody takes it any more where the task has failed, and then the claim ends by itself.
        let _ = self.0.send((task, ending)).await;
    }
}

async fn run(app: Arc<App>, store: Arc<dyn Store>, mut endings: mpsc::Receiver<(Task, Ending)>) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while endings.recv_many(&mut batch, BATCH_MAX).await > 0 {
        tokio::time::sleep(GATHER).await;
        while batch.len() < BATCH_MAX
            && let Ok(ending) = endings.try_recv()
        {
            batch.push(ending);
        }
        write(&app, &*store, &batch).await;
        batch.clear();
    }
}

async fn write(app: &App, store: &dyn Store, batch: &[(Task, Ending)]) {
    for attempt in 1..=TRIES_MAX {
        // What was written though its answer got lost is not held any more, and is not written again.
        match store.end_tasks(batch, app.clock().now()).await {
            Ok(held) => {
                let late = held.iter().filter(|held| !**held).count();
                if late > 0 && attempt == 1 {
                    tracing::warn!(late, "tasks were done whose claims had ended; they are done once more");
                }
                return;
            }
            Err(error @ (StoreError::Fenced | StoreError::Broken)) => {
                tracing::error!(error = %Causes(&error), "what became of tasks can't be written any more");
                return;
            }
            Err(error) => {
                tracing::warn!(
                    error = %Causes(&error),
                    tasks = batch.len(),
                    "what became of tasks could not be written yet"
                );
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
