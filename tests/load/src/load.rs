use std::time::Duration;

use crate::Target;

/// Connections: beyond this many the driver measures its own scheduling.
const CONNECTIONS_MAX: usize = 1_024;
/// Requests of one load: hours of the fastest host, and a count that nobody meant.
const REQUESTS_MAX: u64 = 100_000_000;
/// Time of one load.
const DURATION_MAX: Duration = Duration::from_hours(12);

/// So much load, on one target.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub(crate) target: Target,
    pub(crate) connections: usize,
    pub(crate) requests: u64,
    pub(crate) duration_max: Duration,
}

/// A load out of its bounds, by the field that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a load has 1 to {CONNECTIONS_MAX} connections, 1 to {REQUESTS_MAX} requests and at most 12 hours; {0} is out of these"
)]
pub struct LoadError(&'static str);

impl Load {
    /// `requests` over `connections`, and no request begun after `duration_max`.
    pub fn new(target: Target, connections: usize, requests: u64, duration_max: Duration) -> Result<Self, LoadError> {
        let bounds = [
            ("connections", (1..=CONNECTIONS_MAX).contains(&connections)),
            ("requests", (1..=REQUESTS_MAX).contains(&requests)),
            ("duration_max", duration_max <= DURATION_MAX),
        ];
        match bounds.into_iter().find(|(_, holds)| !holds) {
            Some((field, _)) => Err(LoadError(field)),
            None => Ok(Self { target, connections, requests, duration_max }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_meant_is_refused() {
        let target = Target::new("127.0.0.1:1".parse().unwrap()).unwrap();
        let check = |connections, requests, hours| {
            Load::new(target, connections, requests, Duration::from_hours(hours)).map(drop)
        };
        assert_eq!(check(1, 1, 12), Ok(()));
        assert_eq!(check(0, 1, 1), Err(LoadError("connections")));
        assert_eq!(check(1_025, 1, 1), Err(LoadError("connections")));
        assert_eq!(check(1, 0, 1), Err(LoadError("requests")));
        assert_eq!(check(1, 1, 13), Err(LoadError("duration_max")));
    }
}
