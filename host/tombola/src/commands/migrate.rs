use clap::Args;
use tombola_store_postgres::{Migrated, migrate};

use super::doctor::settings;
use crate::exit::Ended;
use crate::runtime;

/// Bring a Postgres database up to this program's version, or make its tables
///
/// One program does so at a time; others wait for it. No host that serves the database may be older than this program afterwards. A
/// pooler that shares connections between transactions has to be gone around.
#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// Address of the database, like `postgres://user@host:5432/database`; the password is better in PGPASSWORD or ~/.pgpass
    #[arg(value_name = "ADDRESS")]
    address: String,
}

impl Migrate {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        let settings = settings(&self.address)?;
        let Migrated { from, to } = runtime::block_on(async { Ok(migrate(&settings).await?) })?;
        if from == to {
            eprintln!("{} has version {to} already", settings.place());
        } else {
            eprintln!("{} had version {from}, and now has version {to}", settings.place());
        }
        Ok(Ended::Done)
    }
}
