mod create;
mod list;
mod revoke;

use clap::{Args, Subcommand};
use tombola_store_sqlite::{Settings, SqliteStore};

use crate::config::{Source, Storage, StorageFlags};
use crate::entropy::OsEntropy;
use crate::exit::{Ended, UsageError};
use crate::{host, runtime};

/// Make, list and revoke tokens in a host's database, also while it runs
#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    Create(create::Create),
    List(list::List),
    Revoke(revoke::Revoke),
}

impl Token {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        runtime::block_on(async {
            match self {
                Self::Create(create) => create.run().await,
                Self::List(list) => list.run().await,
                Self::Revoke(revoke) => revoke.run().await,
            }
        })
    }
}

/// Where the host is whose tokens are meant.
#[derive(Debug, Args)]
pub(crate) struct Place {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    storage: StorageFlags,
}

impl Place {
    fn storage(self) -> Result<Storage, UsageError> {
        Ok(self.storage.over(self.source.read()?.storage))
    }

    /// The database of a host, beside it.
    pub(crate) async fn open(self) -> anyhow::Result<SqliteStore> {
        let database = self.storage()?.database();
        if !database.exists() {
            return Err(UsageError::new(format!("there is no database {}", database.display())).into());
        }
        Ok(SqliteStore::open_beside(Settings::new(database)).await?)
    }

    /// The same, made where it is missing: the first token may come before the first start.
    async fn open_or_make(self) -> anyhow::Result<SqliteStore> {
        let storage = self.storage()?;
        let settings = Settings::new(storage.database());
        if settings.path.exists() {
            return Ok(SqliteStore::open_beside(settings).await?);
        }
        host::prepare(&storage, &OsEntropy)?;
        Ok(SqliteStore::open(settings).await?)
    }
}
