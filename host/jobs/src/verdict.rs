//! What becomes of a task, after how its call went.

use std::time::Duration;

use tombola_app::courier::{CallError, Reply};
use tombola_domain::time::Timestamp;
use tombola_store::outbox::Ending;

/// Tries after which a task is given up: over ten hours of them, not counted while its destination's breaker is open.
pub(crate) const ATTEMPTS_MAX: u32 = 20;
/// The status with which a receiver says that it will never take anything again.
const GONE: u16 = 410;

/// What a call came to.
pub(crate) type Outcome = Result<Reply, CallError>;

/// Whether the receiver has the message.
pub(crate) fn is_delivered(outcome: &Outcome) -> bool {
    outcome.as_ref().is_ok_and(Reply::is_success)
}

/// How the claim ends of a task that was tried so often. `wait` says how long the next try waits at least, and is asked only where there
/// is one.
pub(crate) fn ending(outcome: &Outcome, attempts: u32, now: Timestamp, wait: impl FnOnce() -> Duration) -> Ending {
    if is_delivered(outcome) {
        return Ending::Done;
    }
    let (status, retry_after) = match outcome {
        Ok(reply) => (Some(reply.status), reply.retry_after.unwrap_or_default()),
        Err(_) => (None, Duration::ZERO),
    };
    let reason = reason(outcome);
    if status == Some(GONE) {
        return Ending::Dead { reason: format!("{reason}: the receiver takes nothing more") };
    }
    if attempts >= ATTEMPTS_MAX {
        return Ending::Dead { reason: format!("{reason}, after {attempts} tries") };
    }
    Ending::Again { due: later(now, wait().max(retry_after)), reason }
}

fn reason(outcome: &Outcome) -> String {
    match outcome {
        Ok(Reply { status: status @ 300..=399, .. }) => format!("answered {status}, and nobody is followed elsewhere"),
        Ok(Reply { status, .. }) => format!("answered {status}"),
        Err(error) => error.to_string(),
    }
}

/// A moment that much later.
pub(crate) fn later(now: Timestamp, wait: Duration) -> Timestamp {
    let millis = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_add(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, retry_after: u64) -> Reply {
        let retry_after = (retry_after > 0).then(|| Duration::from_secs(retry_after));
        Reply { status, retry_after, beginning: vec![] }
    }

    #[track_caller]
    fn check(outcome: Result<Reply, &str>, attempts: u32, expected: &str) {
        let outcome = outcome.map_err(|error| CallError(error.to_owned()));
        let told = match ending(&outcome, attempts, Timestamp::from_millis(0), || Duration::from_secs(5)) {
            Ending::Done => "done".to_owned(),
            Ending::Again { due, reason } => format!("again after {} s: {reason}", due.as_seconds()),
            Ending::Dead { reason } => format!("dead: {reason}"),
            Ending::Returned => "returned".to_owned(),
        };
        assert_eq!(told, expected);
    }

    #[test]
    fn a_call_decides_what_becomes_of_its_task() {
        check(Ok(reply(204, 0)), 1, "done");
        check(Ok(reply(500, 0)), 1, "again after 5 s: answered 500");
        check(Ok(reply(503, 60)), 1, "again after 60 s: answered 503");
        check(Ok(reply(429, 2)), 1, "again after 5 s: answered 429");
        check(Ok(reply(302, 0)), 1, "again after 5 s: answered 302, and nobody is followed elsewhere");
        check(Ok(reply(410, 0)), 1, "dead: answered 410: the receiver takes nothing more");
        check(Err("refused"), 19, "again after 5 s: refused");
        check(Err("refused"), 20, "dead: refused, after 20 tries");
        check(Ok(reply(200, 0)), 20, "done");
    }
}
