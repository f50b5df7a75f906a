//! The campaign document, its verifier, and `decide`.

pub mod rule;
