//! Deletes what lists held before they were replaced, little by little, so that draws hardly wait for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tombola_store::Store;

/// Members a step: a few milliseconds.
const STEP_MEMBERS: u32 = 1_000;
/// Between two steps.
const PAUSE: Duration = Duration::from_millis(10);

/// Wakes the task that sweeps, which ends with this.
pub(crate) struct Sweeper(mpsc::Sender<()>);

impl Sweeper {
    /// Begins with what is left of the process before.
    pub(crate) fn start(store: Arc<dyn Store>) -> Self {
        let (wake, woken) = mpsc::channel(1);
        tokio::spawn(run(store, woken));
        let sweeper = Self(wake);
        sweeper.wake();
        sweeper
    }

    /// Says that there may be something to sweep.
    pub(crate) fn wake(&self) {
        // Where a wake-up waits already, that one will do.
        let _ = self.0.try_send(());
    }
}

async fn run(store: Arc<dyn Store>, mut woken: mpsc::Receiver<()>) {
    while woken.recv().await.is_some() {
        loop {
            match store.sweep_lists(STEP_MEMBERS).await {
                Ok(true) if !woken.is_closed() => tokio::time::sleep(PAUSE).await,
                Ok(_) => break,
                // What can't be deleted now costs room alone, and waits for the next wake-up.
                Err(error) => {
                    tracing::warn!(%error, "old members of lists could not be deleted yet");
                    break;
                }
            }
        }
    }
}
