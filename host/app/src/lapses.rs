//! Gives back what holds set aside that have expired, and takes away points and chances that have lapsed, little by little. None of them
//! can be used any more in any case: this is for the books.

use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use tokio::sync::oneshot;
use tombola_domain::time::Timestamp;
use tombola_store::{Result, Store};

use crate::clock::Clock;
use crate::holds::HOLDS;
use crate::switches::Flags;

/// Between two looks.
const PERIOD: Duration = Duration::from_mins(1);
/// Holds and lots a step: a few milliseconds.
const STEP_MAX: u32 = 128;
/// Between two steps.
const PAUSE: Duration = Duration::from_millis(50);

/// The task that does it ends with this.
pub(crate) struct Lapses(#[expect(dead_code, reason = "dropping it ends the task")] oneshot::Sender<()>);

impl Lapses {
    pub(crate) fn start(store: Arc<dyn Store>, clock: Arc<dyn Clock>, flags: Arc<Flags>) -> Self {
        let (held, dropped) = oneshot::channel();
        tokio::spawn(async move {
            tokio::select! {
                () = run(&*store, &*clock, &flags) => {}
                _ = dropped => {}
            }
        });
        Self(held)
    }
}

async fn run(store: &dyn Store, clock: &dyn Clock, flags: &Flags) {
    loop {
        if !flags.writes() {
            tokio::time::sleep(PERIOD).await;
            continue;
        }
        match step(store, clock.now()).await {
            Ok(0) => tokio::time::sleep(PERIOD).await,
            Ok(_) => tokio::time::sleep(PAUSE).await,
            Err(error) => {
                tracing::warn!(%error, "what has expired or lapsed could not be cleared away yet");
                tokio::time::sleep(PERIOD).await;
            }
        }
    }
}

/// Says of how many holds and lots something was given back or taken away. What is given back may have lapsed meanwhile.
async fn step(store: &dyn Store, now: Timestamp) -> Result<u64> {
    let expired = store.expire_holds(now, STEP_MAX).await;
    if let Ok(expired @ 1..) = expired {
        counter!(HOLDS, "outcome" => "expired").increment(expired);
    }
    // None of them waits for another that can't be cleared away.
    let lapsed = [store.lapse(now, STEP_MAX).await, store.lapse_chances(now, STEP_MAX).await];
    [expired].into_iter().chain(lapsed).sum()
}
