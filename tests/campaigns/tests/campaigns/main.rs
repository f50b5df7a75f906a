//! Proofs that draws in the reference campaigns are exact.
#![expect(clippy::unwrap_used, reason = "what fails here is the test")]

mod audited;
mod bed;
mod configs;
mod counted;
mod documents;
mod effective;
mod events;
mod imported;
mod rules;
mod same;
mod weighted;
