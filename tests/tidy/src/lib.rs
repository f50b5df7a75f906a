//! House rules that a program can check, so that no review repeats them.
//!
//! A rule is a function from a [`Tree`] (every file of the workspace, with its text) to [`Complaint`]s. It has tests of its
//! own beside it, on small made-up trees; `tests/house.rs` holds the real tree against all of them.
//!
//! To add a rule: the function in the file of its subject, its test there, its line in `tests/house.rs`. Exceptions are listed
//! beside the rule with a reason; an exception that has become needless is a complaint too, so lists only shrink.

pub mod alerts;
mod complaint;
pub mod links;
pub mod manifests;
pub mod names;
pub mod pages;
pub mod schemas;
pub mod sources;
mod tree;
pub mod words;

pub use complaint::Complaint;
pub use tree::Tree;
