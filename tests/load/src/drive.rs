//! The two ways to put a load on a host.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::requests::Requests;
use crate::{Connection, Load, Report};

/// Failures of one connection in a row after which it gives up: the host is gone.
const FAILURES_MAX: u32 = 100;
/// Time between a failure and the next try.
const RETRY: Duration = Duration::from_millis(10);

/// Every connection makes its next request when the one before was answered. Needs a Tokio runtime.
pub async fn closed(load: Load, requests: Arc<dyn Requests>) -> Report {
    drive(load, requests, None).await
}

/// Requests are due at `rate` a second, evenly spaced, and each is timed from when it was due: a request that waits because
/// all connections wait for earlier answers counts as slow, as its client would see it. The runtime's timer wakes up to a
/// millisecond late, which is counted as well. Needs a Tokio runtime.
pub async fn open(load: Load, rate: u32, requests: Arc<dyn Requests>) -> Report {
    drive(load, requests, Some(rate)).await
}

async fn drive(load: Load, requests: Arc<dyn Requests>, rate: Option<u32>) -> Report {
    let begin = Instant::now();
    let shared = Arc::new(Shared { load, requests, rate, begin, next: AtomicU64::new(0) });
    let mut connections = JoinSet::new();
    for _ in 0..load.connections {
        connections.spawn(connection(Arc::clone(&shared)));
    }
    let mut report = Report::new();
    for one in connections.join_all().await {
        report.add(&one);
    }
    report.took(begin.elapsed());
    report
}

struct Shared {
    load: Load,
    requests: Arc<dyn Requests>,
    rate: Option<u32>,
    begin: Instant,
    next: AtomicU64,
}

impl Shared {
    /// The next request's number and when it is due; `None` where there is none or no time for it.
    fn take(&self) -> Option<(u64, Option<Instant>)> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let due = self.rate.map(|rate| self.begin + offset(number, rate));
        let begins = due.map_or_else(|| self.begin.elapsed(), |due| due - self.begin);
        (number < self.load.requests && begins < self.load.duration_max).then_some((number, due))
    }
}

/// When request `number` is due, after the begin.
fn offset(number: u64, rate: u32) -> Duration {
    let nanos = u128::from(number) * 1_000_000_000 / u128::from(rate.max(1));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

async fn connection(shared: Arc<Shared>) -> Report {
    let (mut report, mut open, mut failures) = (Report::new(), None, 0);
    let mut bytes = Vec::with_capacity(1_024);
    while let Some((number, due)) = shared.take() {
        if let Some(due) = due {
            tokio::time::sleep_until(due.into()).await;
        }
        bytes.clear();
        shared.requests.write(number, &mut bytes);
        let begun = due.unwrap_or_else(Instant::now);
        match call(&shared, &mut open, &bytes).await {
            ControlFlow::Continue(status) => {
                report.answered(status, begun.elapsed());
                failures = 0;
            }
            ControlFlow::Break(()) => {
                report.failed();
                open = None;
                failures += 1;
                if failures == FAILURES_MAX {
                    break;
                }
                tokio::time::sleep(RETRY).await;
            }
        }
    }
    report
}

/// The status, or `Break` where there was no answer.
async fn call(shared: &Shared, open: &mut Option<Connection>, bytes: &[u8]) -> ControlFlow<(), u16> {
    if open.is_none() {
        *open = Connection::open(shared.load.target).await.ok();
    }
    let Some(connection) = open else { return ControlFlow::Break(()) };
    match connection.call(bytes).await {
        Ok(response) => ControlFlow::Continue(response.status),
        Err(_) => ControlFlow::Break(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_due_evenly() {
        assert_eq!(offset(0, 3), Duration::ZERO);
        assert_eq!(offset(3, 3), Duration::from_secs(1));
        assert_eq!(offset(1, 4_000), Duration::from_micros(250));
        assert_eq!(offset(u64::MAX, 1), Duration::from_nanos(u64::MAX), "far beyond any load's time");
    }
}
