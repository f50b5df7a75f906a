use std::time::Duration;

/// Connections at once, where descriptors reach so far: twice as many as requests are let in, since most that are kept open
/// between requests are idle.
const CONNECTIONS_MAX: u64 = 8_192;
/// Descriptors for the database, for compiling processes and whatever else is open.
const DESCRIPTORS_RESERVED: u64 = 256;
/// Longer than the minute for which proxies commonly keep a connection that they may use again, so that they close it first.
const SILENCE_MAX: Duration = Duration::from_secs(75);

/// What keeps strangers from filling a server with connections.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Connections at once; further ones wait to be accepted.
    pub connections_max: usize,
    /// How long nothing may move on a connection where it is the client's turn: to send a request's head, whole, or to take
    /// what it is sent.
    pub silence_max: Duration,
}

impl Bounds {
    /// As many connections as this process may have descriptors, of which it asks for as many as it may have.
    pub fn of_this_process() -> Self {
        let descriptors = match rlimit::increase_nofile_limit(CONNECTIONS_MAX + DESCRIPTORS_RESERVED) {
            Ok(descriptors) => descriptors,
            Err(error) => {
                tracing::warn!(%error, "the limit of open files could not be read");
                2 * DESCRIPTORS_RESERVED
            }
        };
        Self { connections_max: connections(descriptors), silence_max: SILENCE_MAX }
    }
}

fn connections(descriptors: u64) -> usize {
    let left = descriptors.saturating_sub(DESCRIPTORS_RESERVED).max(descriptors / 2);
    usize::try_from(left.min(CONNECTIONS_MAX)).expect("a few thousand")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_for_the_rest() {
        for (descriptors, expected) in [(64, 32), (512, 256), (1_024, 768), (8_448, 8_192), (u64::MAX, 8_192)] {
            assert_eq!(connections(descriptors), expected, "of {descriptors}");
        }
    }
}
