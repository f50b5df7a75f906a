//! What is written behind, for people who look into something.

/// Rows of one write: draws are committed in between, and wait for no more than these.
pub(crate) const ROWS_AT_ONCE: usize = 64;
