//! Takes away points and chances that have lapsed, little by little. They can't be used any more in any case: this is for the books.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tombola_domain::time::Timestamp;
use tombola_store::{Result, Store};

use crate::clock::Clock;

/// Between two looks.
const PERIOD: Duration = Duration::from_mins(1);
/// Lots a step: a few milliseconds.
const STEP_LOTS: u32 = 128;
/// Between two steps.
const PAUSE: Duration = Duration::from_millis(50);

/// The task that does it ends with this.
pub(crate) struct Lapses(#[expect(dead_code, reason = "dropping it ends the task")] oneshot::Sender<()>);

impl Lapses {
    pub(crate) fn start(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        let (held, dropped) = oneshot::channel();
        tokio::spawn(async move {
            tokio::select! {
                () = run(&*store, &*clock) => {}
                _ = dropped => {}
            }
        });
        Self(held)
    }
}

async fn run(store: &dyn Store, clock: &dyn Clock) {
    loop {
        match step(store, clock.now()).await {
            Ok(0) => tokio::time::sleep(PERIOD).await,
            Ok(_) => tokio::time::sleep(PAUSE).await,
            Err(error) => {
                tracing::warn!(%error, "what has lapsed could not be taken away yet");
                tokio::time::sleep(PERIOD).await;
            }
        }
    }
}

/// Says of how many lots something was taken away.
async fn step(store: &dyn Store, now: Timestamp) -> Result<u64> {
    Ok(store.lapse(now, STEP_LOTS).await? + store.lapse_chances(now, STEP_LOTS).await?)
}
