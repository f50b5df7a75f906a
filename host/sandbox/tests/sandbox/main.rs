//! The sandbox with real components: well-behaved guests, and hostile ones that are written by hand as text.
#![expect(clippy::unwrap_used, reason = "what fails here is the test")]

mod admit;
mod bed;
mod cache;
#[cfg(target_os = "linux")]
mod counters;
mod evaluate;
mod prepare;
mod standard;
mod workers;
