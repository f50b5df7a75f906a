//! Gives back what holds set aside that have expired, and takes away points and chances that have lapsed, little by little. None of them
//! can be used any more in any case: this is for the books.

use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use tokio::sync::oneshot;
use tombola_domain::causes::Causes;
use tombola_domain::time::Timestamp;
use tombola_store::chances::Lapsing;
use tombola_store::sweep::{Place, Sweep, Swept};
use tombola_store::{Result, Store, StoreError};

use crate::App;
use crate::clock::Clock;
use crate::committer::{Batched, Committed};
use crate::draw::DrawRequest;
use crate::holds::HOLDS;
use crate::switches::Flags;

/// Between two sweeps.
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
        // Of several hosts one alone does: the others would only find the same.
        if flags.writes() && store.leads() {
            sweep(store, clock.now(), flags).await;
        }
        tokio::time::sleep(PERIOD).await;
    }
}

/// Goes once through all that is due, kind by kind: what holds give back may have lapsed meanwhile. None of them waits for another that
/// can't be cleared away; what is found only afterwards is the next sweep's.
async fn sweep(store: &dyn Store, now: Timestamp, flags: &Flags) {
    for kind in [Kind::Holds, Kind::Points, Kind::Chances] {
        let mut next = Some(Place::default());
        while let Some(after) = next.filter(|_| flags.writes()) {
            let step = Sweep { now, after, limit: STEP_MAX };
            next = match kind.clear(store, &step).await {
                Ok(swept) => swept.next,
                Err(error) => {
                    let (error, what) = (Causes(&error), kind.as_str());
                    tracing::warn!(%error, what, "what has expired or lapsed could not be cleared away yet");
                    None
                }
            };
            tokio::time::sleep(PAUSE).await;
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Holds,
    Points,
    Chances,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Points => "points",
            Self::Chances => "chances",
        }
    }

    async fn clear(self, store: &dyn Store, step: &Sweep) -> Result<Swept> {
        match self {
            Self::Holds => {
                let expired = store.expire_holds(step).await?;
                counter!(HOLDS, "outcome" => "expired").increment(expired.cleared);
                Ok(expired)
            }
            Self::Points => store.lapse(step).await,
            Self::Chances => store.lapse_chances(step).await,
        }
    }
}

/// Chances that a draw found to have lapsed: at midnight many do.
impl Batched for Lapsing {
    type Done = Result<()>;
    const NAME: &'static str = "lapses";

    async fn commit(store: &dyn Store, batch: &[Self]) -> Result<Vec<Self::Done>> {
        store.lapse_chances_of(batch).await
    }
}

impl App {
    /// Takes away what has lapsed of who wants to draw.
    pub(crate) async fn lapse_chances(&self, request: &DrawRequest, now: Timestamp) -> crate::Result<()> {
        let lapsing = Lapsing { campaign: request.campaign.clone(), player: request.player.clone(), now };
        match self.commit(&self.lapse_committer, lapsing).await? {
            Committed::Done(lapsed) => Ok(lapsed?),
            Committed::Unknown => Err(StoreError::Unavailable("the commit failed".into()).into()),
        }
    }
}
