use clap::Args;
use tombola_store_sqlite::{Settings, SqliteStore};

use crate::config::{Source, Storage, StorageFlags};
use crate::entropy::OsEntropy;
use crate::exit::UsageError;
use crate::host;

/// Where a host keeps what it keeps, for commands that work on it without asking the host.
#[derive(Debug, Args)]
pub(crate) struct Place {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    storage: StorageFlags,
}

impl Place {
    pub(crate) fn storage(self) -> Result<Storage, UsageError> {
        Ok(self.storage.over(self.source.read()?.storage))
    }

    /// The database of a host, beside it.
    pub(crate) async fn open(self) -> anyhow::Result<SqliteStore> {
        let database = self.storage()?.database();
        if !database.exists() {
            return Err(UsageError::new(format!("there is no database {}", database.display())).into());
        }
        Ok(tombola_store_sqlite::open_beside(Settings::new(database)).await?)
    }

    /// The same, made where it is missing: the first token may come before the first start.
    pub(crate) async fn open_or_make(self) -> anyhow::Result<SqliteStore> {
        let storage = self.storage()?;
        let settings = Settings::new(storage.database());
        if settings.path.exists() {
            return Ok(tombola_store_sqlite::open_beside(settings).await?);
        }
        host::prepare(&storage, &OsEntropy)?;
        Ok(tombola_store_sqlite::open(settings).await?)
    }
}
