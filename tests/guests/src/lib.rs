//! Guests for tests, most of them hostile.
//!
//! A *frame* is everything that a well-behaved guest has: memory, allocator, description, needs and an answer. A *hostile*
//! guest replaces the parts that it means to harm with. Those that can be written by hand are the files of `wat/`, each
//! with a first line that says what it does; those that are too long for that are made in `generated`. What must come of
//! each stands in one table, [`EXPECTED`], and where it stands among rebates in another, [`EXPECTED_REBATES`]; a test holds
//! names and tables against each other, and the tests of the sandbox and of the whole system run all that is there.
//!
//! To add a guest: its file in `wat/` (or its line in `generated`), and its line in one of the two.

mod corpus;
mod expected;
mod frame;
mod generated;
mod guest;

pub use corpus::{Hostile, corpus, hostile};
pub use expected::{Comes, EXPECTED, EXPECTED_REBATES, Reason};
pub use frame::{component_of, core_module, framed, framed_as};
pub use generated::alone;
pub use guest::{ANSWER, Guest, NEEDS, WIT, encode, segment, with_section};
