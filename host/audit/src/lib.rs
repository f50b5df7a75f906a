//! What a host shows of its draws and of what it gave for events, and the check that it is true, which needs no host.
//!
//! A **record** is what is shown: the answer to a draw, or what a campaign gave for an event, with its receipt and whatever the
//! receipt names, as JSON ([`wire`]). A bundle is a record that holds all that one receipt needs; a file of many has a record a line,
//! each module and revision once.
//!
//! A [`Verifier`] takes records in, and answers for each receipt with a [`Verdict`]: it recomputes every hash, runs every rule again,
//! and holds the result against what stands there. What it trusts is the public keys that it is given, and nothing else. What
//! receipts say that no other may say goes into a [`Ledger`], which tells at the end which of them contradict each other.

mod ledger;
mod values;
mod verdict;
mod verifier;
pub mod wire;

pub use ledger::{Claims, Contradiction, Ledger, Subject};
pub use verdict::{Flaw, Missing, NotRun, OtherEngine, Ran, Verdict};
pub use verifier::{Checked, LearnError, TooMuch, Verifier};
