//! Looks after pools of codes: says how full they are, and deletes little by little what nobody can get any more.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use metrics::gauge;
use tokio::sync::mpsc;
use tombola_domain::causes::Causes;
use tombola_domain::id::CodePoolName;
use tombola_store::Store;
use tombola_store::codes::{CODE_POOLS_MAX, PoolLevel};

use crate::clock::Clock;
use crate::switches::Flags;

/// Codes of a pool that can be given, by pool.
pub const CODE_POOL_FREE: &str = "tombola_code_pool_free";
/// Below how many free codes a pool is low, by pool.
pub const CODE_POOL_LOW_WATER: &str = "tombola_code_pool_low_water";

/// Between two looks: an alarm may come so late.
const PERIOD: Duration = Duration::from_secs(10);
/// Codes a step: a few milliseconds.
const STEP_CODES: u32 = 1_000;
/// Between two steps.
const PAUSE: Duration = Duration::from_millis(10);

/// Wakes the task that does it, which ends with this.
pub(crate) struct Keeper(mpsc::Sender<()>);

impl Keeper {
    /// Begins with what is left of the process before.
    pub(crate) fn start(store: Arc<dyn Store>, clock: Arc<dyn Clock>, flags: Arc<Flags>) -> Self {
        let (wake, woken) = mpsc::channel(1);
        tokio::spawn(run(store, clock, flags, woken));
        Self(wake)
    }

    /// Says that a pool was changed.
    pub(crate) fn wake(&self) {
        // Where a wake-up waits already, that one will do.
        let _ = self.0.try_send(());
    }
}

async fn run(store: Arc<dyn Store>, clock: Arc<dyn Clock>, flags: Arc<Flags>, mut woken: mpsc::Receiver<()>) {
    let mut low = BTreeSet::new();
    loop {
        look(&*store, &*clock, &mut low).await;
        sweep(&*store, &*clock, &flags, &woken).await;
        tokio::select! {
            wish = woken.recv() => if wish.is_none() { return },
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
}

/// Records how full pools are, and warns once of each that has become low.
async fn look(store: &dyn Store, clock: &dyn Clock, low: &mut BTreeSet<CodePoolName>) {
    let all = u32::try_from(CODE_POOLS_MAX).expect("some hundred");
    let levels = match store.code_pools(None, all, clock.now()).await {
        Ok(levels) => levels,
        Err(error) => {
            tracing::warn!(error = %Causes(&error), "the code pools could not be looked at");
            return;
        }
    };
    for level in levels {
        record(&level);
        if !level.is_low() {
            low.remove(&level.pool);
        } else if low.insert(level.pool.clone()) {
            let PoolLevel { pool, free, low_water, .. } = level;
            tracing::warn!(%pool, free, low_water, "a code pool is low; load more codes");
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "far fewer codes than a float tells apart")]
fn record(level: &PoolLevel) {
    gauge!(CODE_POOL_FREE, "pool" => level.pool.to_string()).set(level.free as f64);
    gauge!(CODE_POOL_LOW_WATER, "pool" => level.pool.to_string()).set(level.low_water as f64);
}

/// Of several hosts one alone does: the others would only find the same.
async fn sweep(store: &dyn Store, clock: &dyn Clock, flags: &Flags, woken: &mpsc::Receiver<()>) {
    while flags.writes() && store.leads() {
        match store.sweep_codes(clock.now(), STEP_CODES).await {
            Ok(true) if !woken.is_closed() => tokio::time::sleep(PAUSE).await,
            Ok(_) => return,
            // What can't be deleted now costs room alone, and waits for the next look.
            Err(error) => {
                tracing::warn!(error = %Causes(&error), "codes that nobody can get could not be deleted yet");
                return;
            }
        }
    }
}
