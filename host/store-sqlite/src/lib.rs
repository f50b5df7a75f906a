//! The embedded default store: one SQLite file, nothing to install.
//!
//! What a store does stands in `tombola-store-sql`; here is what SQLite does in its own way. Each transaction that writes is one
//! `fsync`. **Checkpoints** carry the write-ahead log over into the file on a connection of their own, so that no draw waits for one.

pub mod backup;
mod checkpoint;
mod driver;
mod open;
mod origin;
mod settings;
mod source;
mod store;
mod transactions;

pub use open::OpenError;
pub use settings::Settings;
pub use source::Source;
pub use store::{SqliteStore, latest_epochs, open, open_beside};
