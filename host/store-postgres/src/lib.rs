//! The store of a database server: Postgres, 15 or later.
//!
//! Several **hosts** serve one database, each with a row of its own. One **writer** connection of each commits; the **committer**'s
//! row, which every write locks first, keeps all hosts' writes one after the other. Under that lock a host's own row says whether it
//! may still write: one that ends, or that others find dead or late and **fence**, can commit nothing from then on. Each write has
//! a **number** in its host's row: where a connection is lost during a commit, its outcome is looked up by it before anything is
//! answered. A host's **pulse** goes beside that, on connections of its own. Everything is in a **schema** of its own, `tombola`.
//!
//! All this must hold for what is between, too: a pooler, a network that loses answers, a server that is killed.

mod driver;
mod examine;
mod finding;
mod fleet;
mod hosts;
mod migrations;
mod open;
mod partitions;
mod pulse;
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
