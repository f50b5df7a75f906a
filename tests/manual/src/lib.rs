//! Holds what the documents show against what the code does: examples in `host/docs` are tests.
//!
//! [`blocks`] takes examples out of a document, [`findings`] verifies one with the standard rules. To add a document with
//! examples: a file in `tests/` that reads it.

mod blocks;
mod findings;
mod rules;

pub use blocks::blocks;
pub use findings::{findings, over};
