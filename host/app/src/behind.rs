//! What is written behind, for people who look into something: a piece at a time, so that the store can write each along with draws.

use std::collections::VecDeque;
use std::time::Duration;

/// How long what is new waits before the first piece of it is written.
pub(crate) const PERIOD: Duration = Duration::from_secs(1);
/// How long what is new waits for each row that was written just before: a hundred rows a second are next to nothing beside draws,
/// and a flood of them is not.
const PERIOD_A_ROW: Duration = Duration::from_millis(10);
/// Rows of a piece: few beside those of a batch of draws.
const ROWS_MAX: usize = 16;

/// How long to wait after so many rows before what is new is written, `longest` at most.
pub(crate) fn pause(rows: usize, longest: Duration) -> Duration {
    let rows = u32::try_from(rows).unwrap_or(u32::MAX);
    PERIOD_A_ROW.saturating_mul(rows).clamp(PERIOD, longest)
}

/// The next piece of what is to be written.
pub(crate) fn piece<T>(writing: &mut VecDeque<T>) -> Vec<T> {
    writing.drain(..writing.len().min(ROWS_MAX)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_written_less_often() {
        let pauses = [0, 100, 101, 7_000, usize::MAX].map(|rows| pause(rows, Duration::from_mins(1)).as_millis());
        assert_eq!(pauses, [1_000, 1_000, 1_010, 60_000, 60_000]);
    }

    #[test]
    fn everything_is_written_once_and_in_order() {
        let mut writing = (0..40).collect();
        let pieces: Vec<_> = (0..4).map(|_| piece(&mut writing)).collect();
        assert_eq!(pieces.iter().map(Vec::len).collect::<Vec<_>>(), [16, 16, 8, 0]);
        assert!(pieces.concat().into_iter().eq(0..40));
    }
}
