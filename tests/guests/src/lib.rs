//! Guests for tests, most of them hostile.
//!
//! A *frame* is everything that a well-behaved guest has: memory, allocator, description, needs and an answer. A *hostile*
//! guest replaces the parts that it means to harm with. Those that can be written by hand are the files of `wat/`, each
//! with a first line that says what it does; those that are too long for that are made in `generated`. What must come of
//! each stands in one table, [`EXPECTED`]; a test holds names and table against each other, and the tests of the sandbox
//! and of the whole system run all that is there.
//!
//! To add a guest: its file in `wat/` (or its line in `generated`), and its line in `EXPECTED`.

mod corpus;
mod expected;
mod frame;
mod generated;
mod guest;

pub use corpus::{Hostile, corpus, hostile};
pub use expected::{Comes, EXPECTED, Reason};
pub use frame::{component_of, core_module, framed, framed_as};
pub use generated::alone;
pub use guest::{ANSWER, Guest, NEEDS, WIT, encode, segment, with_section};
