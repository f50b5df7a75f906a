//! The database of a host: a file, or one on a server.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use tombola_app::clock::Clock;
use tombola_domain::signature::Signer;
use tombola_store::epochs::NewEpoch;
use tombola_store_postgres as postgres;
use tombola_store_sql::SqlStore;
use tombola_store_sqlite as sqlite;

use crate::exit::UsageError;

/// How an address on a server begins; everything else names a file.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Database {
    /// In this file.
    File(PathBuf),
    /// On a Postgres server, at this address.
    Server(String),
}

impl Database {
    /// What a setting names.
    pub(crate) fn of(setting: &Path) -> Self {
        match setting.to_str() {
            Some(address) if SCHEMES.iter().any(|scheme| address.starts_with(scheme)) => {
                Self::Server(address.to_owned())
            }
            _ => Self::File(setting.to_owned()),
        }
    }

    /// The file, for what can only be done to one.
    pub(crate) fn file(&self, what: &str, instead: &str) -> Result<&Path, UsageError> {
        match self {
            Self::File(path) => Ok(path),
            Self::Server(_) => {
                Err(UsageError::new(format!("{self} is on a server, and only a file is {what}; {instead}")))
            }
        }
    }

    /// Opens it for a host, which takes a file over from whichever host had it, and comes to those that serve a database on a server.
    /// A file is made where it is missing; on a server, the tables are there already, of this program's version.
    pub(crate) async fn open(&self, signer: Signer, seed: u64, clock: Arc<dyn Clock>) -> anyhow::Result<SqlStore> {
        match self {
            Self::File(path) => Ok(sqlite::open(sqlite::Settings::new(path).sealed_by(signer)).await?),
            Self::Server(address) => {
                let mut settings = server(address)?.sealed_by(signer);
                settings.seed = seed;
                settings.name = this_process();
                settings.now_ms = Arc::new(move || clock.now().as_millis());
                Ok(postgres::open(settings).await?)
            }
        }
    }

    /// Opens it beside a host.
    pub(crate) async fn open_beside(&self) -> anyhow::Result<SqlStore> {
        match self {
            Self::File(path) => Ok(sqlite::open_beside(sqlite::Settings::new(path)).await?),
            Self::Server(address) => Ok(postgres::open_beside(server(address)?).await?),
        }
    }

    /// The announced and the current epoch, before anything is taken over; none where none has begun.
    pub(crate) async fn latest_epochs(&self) -> anyhow::Result<Vec<NewEpoch>> {
        let epochs = match self {
            Self::File(path) => sqlite::latest_epochs(&sqlite::Settings::new(path)).await.map_err(anyhow::Error::from),
            Self::Server(address) => postgres::latest_epochs(&server(address)?).await.map_err(anyhow::Error::from),
        };
        epochs.context("reading the database")
    }
}

/// What tells a host from others, for people.
fn this_process() -> String {
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}:{}", machine.trim(), std::process::id())
}

fn server(address: &str) -> Result<postgres::Settings, UsageError> {
    postgres::Settings::new(address).map_err(|error| UsageError::of("the address of the database can't be used", error))
}

/// Without the password that an address may hold.
impl fmt::Display for Database {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(out),
            Self::Server(address) => match postgres::Settings::new(address) {
                Ok(settings) => out.write_str(&settings.place()),
                Err(_) => out.write_str("the database"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_from_a_file() {
        assert_eq!(Database::of(Path::new("data/tombola.db")), Database::File("data/tombola.db".into()));
        for address in ["postgres://alice:secret@db.example/lottery", "postgresql://alice:secret@db.example/lottery"] {
            let database = Database::of(Path::new(address));
            assert_eq!(database, Database::Server(address.to_owned()));
            assert_eq!(database.to_string(), "lottery at db.example:5432");
            let refused = database.file("copied", "use pg_dump").unwrap_err().to_string();
            assert!(refused.contains("use pg_dump") && !refused.contains("secret"), "{refused}");
        }
    }
}
