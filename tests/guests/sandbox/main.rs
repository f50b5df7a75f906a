//! The sandbox against guests that mean harm: what each may do to a draw, and what it may learn of others.
#![expect(clippy::unwrap_used, reason = "what fails here is the test")]

mod bed;
mod chance;
mod corpus;
mod draw;
mod generated;
mod leak;
mod rebate;
