//! Use cases on a real store, with rules that run natively, a clock that is set and entropy that repeats.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bundles;
mod calendar;
mod campaigns;
mod draws;
mod fixture;
mod holds;
mod lapses;
mod missed;
mod operators;
mod orders;
mod pause;
mod readiness;
mod series;
mod switches;
mod trials;
