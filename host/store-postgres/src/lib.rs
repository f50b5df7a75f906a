//! The store of a database server: Postgres, 15 or later.
//!
//! One **writer** connection commits; the **committer**'s row, which every write changes first, keeps all hosts' writes one after
//! the other. A host that opens the database raises the **fence** in it, and the one before can commit nothing more. Each write
//! has a **number** in that row: where a connection is lost during a commit, its outcome is looked up by it before anything is
//! answered. Everything is in a **schema** of its own, `tombola`.
//!
//! All this must hold for what is between, too: a pooler, a network that loses answers, a server that is killed.

mod driver;
mod examine;
mod finding;
mod migrations;
mod open;
mod server;
mod settings;
mod store;
mod target;
mod transaction;

pub use examine::Examination;
pub use finding::Finding;
pub use open::{Migrated, OpenError, examine, migrate};
pub use settings::Settings;
pub use store::{PostgresStore, latest_epochs, open, open_beside};
pub use target::{Contents, Target};
