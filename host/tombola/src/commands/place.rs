use clap::Args;
use tombola_store_sql::SqlStore;

use crate::config::{Source, Storage, StorageFlags};
use crate::database::Database;
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
    pub(crate) async fn open(self) -> anyhow::Result<SqlStore> {
        let database = self.storage()?.database();
        match &database {
            Database::File(path) if !path.exists() => {
                Err(UsageError::new(format!("there is no database {database}")).into())
            }
            _ => database.open_beside().await,
        }
    }

    /// The same, where a file is made if it is missing: the first token may come before the first start.
    pub(crate) async fn open_or_make(self) -> anyhow::Result<SqlStore> {
        let storage = self.storage()?;
        let database = storage.database();
        match &database {
            Database::File(path) if !path.exists() => {
                host::prepare(&storage, false, &OsEntropy)?;
                Ok(tombola_store_sqlite::open(tombola_store_sqlite::Settings::new(path)).await?)
            }
            _ => database.open_beside().await,
        }
    }
}
