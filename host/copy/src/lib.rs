//! Moves all that a database in a file holds to one on a server.
//!
//! [`copy`] takes a **source** that nobody else has open and a **target** that nobody else fills. What tables there are, and in which
//! order references let them be filled, is read from both databases: no list of tables can be forgotten. Rows go over in the order of
//! their keys, in **ranges** that are bounded in rows and bytes, one transaction each, so that what is there says how far it is: after
//! any interruption the next copy goes on behind the last key. Tables that refer to each other in a circle go over in one transaction.
//!
//! A **proof** ends it: every row of every table is read once more on both sides, in one form, and compared; sums that money depends on
//! are compared besides, by the databases' own arithmetic. Only then is the target called whole, in the transaction that brings the
//! committer, without which nobody can write. The source is marked as soon as the target has anything of it, and no host serves it.
//!
//! A table that is added needs nothing here; a new type of columns is a variant of [`table::Kind`].

mod copy;
mod error;
mod file;
mod order;
mod proof;
mod row;
mod schema;
mod server;
mod sums;
mod table;

pub use copy::{Limits, Report, Step, copy};
pub use error::CopyError;
pub use proof::Proven;
