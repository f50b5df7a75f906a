//! The embedded default store: one SQLite file, nothing to install.
//!
//! One **writer** connection commits batches of draws, each in one transaction and one `fsync`; a write waits for its turn
//! within a bound and a deadline. **Readers** see the latest commit and never wait for the writer. **Checkpoints** carry the
//! write-ahead log over into the file on a connection of their own, so that no draw waits for one. One process holds the
//! database: each that opens it raises the **fence**, and the one before can commit nothing more.
//!
//! The files mirror those of the contract. SQL stands in the method that runs it. What a row holds is read through
//! [`fields::Fields`], which names table, column and row where it is wrong.

mod aside;
mod audit;
mod awards;
pub mod backup;
mod campaigns;
mod chances;
mod checkpoint;
mod codes;
mod delivery;
mod destinations;
mod draws;
mod epochs;
mod error;
mod events;
mod faults;
mod feed;
mod fields;
mod health;
mod holds;
mod ledger;
mod lists;
mod modules;
mod open;
mod operations;
mod orders;
mod origin;
mod outbox;
mod people;
mod readers;
mod reconciliation;
mod settings;
mod stock;
mod store;
mod sweep;
mod switches;
mod tokens;
mod writer;

pub use open::OpenError;
pub use settings::Settings;
pub use store::SqliteStore;
