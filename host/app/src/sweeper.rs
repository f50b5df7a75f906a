//! Deletes what lists held before they were replaced, little by little, so that draws hardly wait for it. The host that replaced one
//! does so. Where several do at once they delete the same players, and what one has deleted the next does not find: it costs some writes.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tombola_domain::causes::Causes;
use tombola_store::Store;

use crate::switches::Flags;

/// Members a step: a few milliseconds.
const STEP_MEMBERS: u32 = 1_000;
/// Between two steps.
const PAUSE: Duration = Duration::from_millis(10);
/// Between two looks whether anything may be written again.
const STANDSTILL: Duration = Duration::from_secs(1);

/// Wakes the task that sweeps, which ends with this.
pub(crate) struct Sweeper(mpsc::Sender<()>);

impl Sweeper {
    /// Begins with what is left of the process before.
    pub(crate) fn start(store: Arc<dyn Store>, flags: Arc<Flags>) -> Self {
        let (wake, woken) = mpsc::channel(1);
        tokio::spawn(run(store, flags, woken));
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

async fn run(store: Arc<dyn Store>, flags: Arc<Flags>, mut woken: mpsc::Receiver<()>) {
    while woken.recv().await.is_some() {
        while !woken.is_closed() {
            if !flags.writes() {
                tokio::time::sleep(STANDSTILL).await;
                continue;
            }
            match store.sweep_lists(STEP_MEMBERS).await {
                Ok(true) => tokio::time::sleep(PAUSE).await,
                Ok(false) => break,
                // What can't be deleted now costs room alone, and waits for the next wake-up.
                Err(error) => {
                    tracing::warn!(error = %Causes(&error), "old members of lists could not be deleted yet");
                    break;
                }
            }
        }
    }
}
