//! The campaign document, its verifier, and `decide`: facts in, plan out.
//!
//! A [`document::Document`] is what an operator wrote. [`verify::verify`] holds it against the rules that it names and answers
//! with [`finding::Finding`]s, all of them at once, and with a [`pipeline::Pipeline`] where none is an error.
//! [`decide::decide`] runs a pipeline for one draw, purely: the same facts and the same seed give the same plan.
//! [`replay::replay`] runs it again for a receipt, and says where the two differ.
//! [`odds::effective`] runs it for every possible ticket at once and adds up exact fractions. [`trial::run`] tries one draw and
//! tells each step of it, [`examples::run`] tries those that a document gives, and [`locks::locks`] says which prizes a player can't
//! be handed yet.
//!
//! [`rebates::decide`] does for an event what `decide` does for a draw, and has a replay and expected values of its own.
//!
//! The engine knows rules through the port in [`rule`] only. [`native`] is its implementation for tests.

pub mod decide;
pub mod difference;
pub mod document;
pub mod examples;
pub mod facts;
pub mod finding;
pub mod locks;
pub mod native;
pub mod odds;
pub mod pipeline;
pub mod rebates;
pub mod replay;
pub mod revision;
pub mod rule;
#[cfg(test)]
mod testing;
pub mod trial;
pub mod verify;
mod ways;
