//! Room for receipts that come, and receipts that go.

use std::time::Duration;

use metrics::counter;
use tokio::time::Instant;
use tombola_domain::causes::Causes;

use crate::lane::Ground;

/// How often it is looked whether there is room: one short read.
const ROOM_EVERY: Duration = Duration::from_secs(5);
/// How often it is looked what is no longer kept: that is a matter of days.
const DROPPED_EVERY: Duration = Duration::from_hours(1);

/// And when that failed.
const TRIED_EVERY: Duration = Duration::from_mins(1);

/// How often there was no room to be made, or nothing could be dropped.
const FAILURES: &str = "tombola_retention_failures_total";

/// Does so until the host ends, on one host of several. Receipts are kept for ever where nothing else is said.
pub(crate) async fn retain(ground: Ground, kept_for: Option<Duration>) {
    let mut stopping = ground.stopping.clone();
    let mut next = Instant::now();
    // Whoever watches them sees the first failure only as a change from none.
    let [room, drop] = ["room", "drop"].map(|of| {
        let failures = counter!(FAILURES, "of" => of);
        failures.increment(0);
        failures
    });
    while !*stopping.borrow() {
        let work = async {
            if ground.app.writes() && ground.store.leads() {
                if let Err(error) = ground.app.make_room().await {
                    room.increment(1);
                    let error = Causes(&error);
                    tracing::warn!(%error, "no room could be made yet for receipts to come");
                }
                if let Some(kept_for) = kept_for.filter(|_| Instant::now() >= next) {
                    next = Instant::now() + DROPPED_EVERY;
                    if let Err(error) = ground.app.drop_receipts(kept_for).await {
                        next = Instant::now() + TRIED_EVERY;
                        drop.increment(1);
                        let error = Causes(&error);
                        tracing::warn!(%error, "receipts that are no longer kept could not be dropped yet");
                    }
                }
            }
            tokio::time::sleep(ROOM_EVERY).await;
        };
        tokio::select! {
            () = work => {}
            _ = stopping.changed() => {}
        }
    }
}
