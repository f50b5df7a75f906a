//! Awards on their way, from a real store to receivers of every kind. Due times follow a clock that is set; nothing here depends on how
//! fast anything is.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod house;
mod in_house;
mod receiver;
mod sick;
mod switched;
mod told;
