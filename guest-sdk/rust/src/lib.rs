#![doc = include_str!("../README.md")]
//!
//! # The vocabulary
//!
//! A rule is a [`Guard`] (asked before the draw), a [`Branch`] (asked after it) or a [`Rebate`] (asked what an event earns). All
//! are *configured* once and then *decide* any number of times, each time from the state that configuring left behind.
//!
//! * While it is configured, a rule declares what it reads and how it may answer through [`Needs`]: every fact becomes a
//!   [`Fact`] handle, every outcome an [`Outcome`] or [`Refusal`] handle. A rebate's outcome is a list of [`Reward`]s.
//! * When it decides, it reads [`Facts`] by their handles and answers a [`Decision`] made of outcome handles. So it can
//!   neither read what it did not ask for, nor answer what it did not declare.
//! * A config that makes no sense is answered with [`Problems`], each with its place and what to do about it. The
//!   pieces that many configs share (an amount, a grant, a refusal, a gift) are in [`config`].
//! * [`export!`] makes a component of a crate; [`testing`] stands in for the host in unit tests; [`native`] runs a
//!   crate's rules without any sandbox, for comparison.
//!
//! This crate must never reach for time, randomness or the outside: a rule is a pure function.

// Generated code and `export!` name this crate by its own name, here and in the crates of rules alike.
extern crate self as tombola_rule;

#[cfg(target_arch = "wasm32")]
mod allocator;
#[doc(hidden)]
pub mod bindings;
pub mod config;
mod decision;
#[doc(hidden)]
pub mod export;
mod fact;
mod json;
#[cfg(not(target_arch = "wasm32"))]
pub mod native;
mod needs;
mod problem;
mod reward;
mod rule;
#[doc(hidden)]
pub mod slot;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;

pub use bindings::types::{Award, FactNeed, FactType, Problem, Span, Value};
pub use decision::{Decision, Outcome, Pick, Refusal};
pub use fact::{Fact, FactValue, Facts};
pub use needs::{BranchNeeds, FactNeeds, GuardNeeds, Needs, RebateNeeds};
pub use problem::Problems;
pub use reward::{Gain, Points, Recipient, Reward};
pub use rule::{Branch, Fault, Guard, Rebate};
