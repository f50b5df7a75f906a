use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::database::Database;
use crate::environment;

/// What a host keeps, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Storage {
    /// The folder of everything; made where it is missing.
    pub data: PathBuf,
    /// The database file, where it stands outside of the folder; or the address of a database on a Postgres server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<PathBuf>,
    /// The file of the host's key, where it stands outside of the folder. Backups of the database are best without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_key_file: Option<PathBuf>,
}

impl Default for Storage {
    fn default() -> Self {
        Self { data: data(), database: None, host_key_file: None }
    }
}

fn data() -> PathBuf {
    PathBuf::from("tombola-data")
}

impl Storage {
    /// The database.
    pub(crate) fn database(&self) -> Database {
        self.database.as_deref().map_or_else(|| Database::File(self.data.join("tombola.db")), Database::of)
    }

    /// The file of the host's key.
    pub fn host_key_file(&self) -> PathBuf {
        self.host_key_file.clone().unwrap_or_else(|| self.data.join("host.key"))
    }

    /// The folder of native code. It can be deleted at any time, which costs time at the next start.
    pub fn native_code(&self) -> PathBuf {
        self.data.join("native-code")
    }
}

/// Flags and variables of this section.
#[derive(Debug, Clone, Default, Args)]
pub struct StorageFlags {
    /// Folder of everything that a host keeps; made where it is missing [default: tombola-data]
    #[arg(long, value_name = "FOLDER", env = environment::DATA)]
    data: Option<PathBuf>,
    /// Database file, or `postgres://user@host:5432/database`; its password is better in PGPASSWORD or ~/.pgpass [default:
    /// tombola.db in that folder]
    #[arg(long, value_name = "FILE|ADDRESS", env = environment::DATABASE)]
    database: Option<PathBuf>,
    /// File of the host's key, 64 hexadecimal digits; made with a new database [default: host.key in that folder]
    #[arg(long, value_name = "FILE", env = environment::HOST_KEY_FILE)]
    host_key_file: Option<PathBuf>,
}

impl StorageFlags {
    pub(crate) fn over(self, below: Storage) -> Storage {
        Storage {
            data: self.data.unwrap_or(below.data),
            database: self.database.or(below.database),
            host_key_file: self.host_key_file.or(below.host_key_file),
        }
    }
}
