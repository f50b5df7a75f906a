//! What every store in an SQL database does, whichever database it is.
//!
//! It reads rows into what the domain keeps books with, decides nothing itself, and writes rows back with statements over sets
//! that come as JSON. [`db`] runs a statement on whichever driver there is, and each database reads it. What a database
//! does in its own way beside that, such as beginning a write or knowing a copy, stands behind [`Transactions`] and [`Driver`] in
//! a crate of its own, which opens the connections and makes a [`SqlStore`] of them.
//!
//! One **writer** commits batches of draws, each in one transaction; a write waits for its turn within a bound and a
//! deadline. **Readers** see the latest commit and never wait for the writer. Each process that opens the database does so under
//! a **fence** of its own, which no other ever has. Whether several may write, in turn, or the latest alone, is the database's own.
//!
//! The files mirror those of the contract. SQL stands in the method that runs it. What a row holds is read through
//! [`fields::Fields`], which names table, column and row where it is wrong.

mod aside;
mod audit;
mod awards;
mod campaigns;
mod chances;
mod codes;
pub mod db;
mod delivery;
mod destinations;
mod draws;
mod driver;
mod epochs;
mod error;
mod events;
mod faults;
mod feed;
mod fields;
mod health;
mod holds;
mod hosts;
mod ledger;
mod lists;
mod modules;
mod operations;
mod orders;
mod origin;
mod outbox;
mod people;
mod readers;
mod reconciliation;
mod retention;
mod stock;
mod store;
mod sweep;
mod switches;
mod tokens;
pub mod writer;

pub use driver::{Committer, Driver, Ended, Outcome, Partition, Partitions, Staged, Transactions};
pub use health::look_for_room;
pub use retention::next_partition;
pub use store::{Parts, SqlStore};
