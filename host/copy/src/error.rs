use std::path::PathBuf;

use tombola_store_sql::db::Failure;
use tombola_store_sqlite::OpenError;

/// Why a copy was not made, or is not the same.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The file could not be read.
    #[error("the file could not be read")]
    Source(#[source] sqlx::Error),
    /// The server did not do what was asked. What is there stays.
    #[error("the server did not do what was asked; run the same again, which goes on where this ended")]
    Target(#[source] sqlx::Error),
    /// Nobody must serve what is copied, and that could not be noted.
    #[error("the file could not be marked as moved")]
    Mark(#[source] OpenError),
    /// The databases are not of one version, or a program has changed one of them.
    #[error("the table {table} is not the same on both sides: {what}")]
    Schema {
        /// The table.
        table: String,
        /// What of it.
        what: String,
    },
    /// There is something that did not come from this file.
    #[error(
        "{place} holds rows in the table {table} that are no copy of this file; name an empty database, or see that nothing in this one \
         is needed, and run in it: DROP SCHEMA tombola CASCADE"
    )]
    Used {
        /// The target.
        place: String,
        /// The first such table.
        table: String,
    },
    /// There is a copy of another file, or of this one before somebody wrote to it.
    #[error(
        "{place} holds a copy of another file, or of this one as it was before a host served it again; to begin anew, run in it: \
         DROP SCHEMA tombola CASCADE"
    )]
    OtherSource {
        /// The target.
        place: String,
    },
    /// It goes on in another database already.
    #[error(
        "{0} was copied elsewhere already, or was begun to be; name the same target, or take the file back with --undo before it is copied anew"
    )]
    Moved(PathBuf),
    /// What players have is not what was issued.
    #[error(
        "the ledger of the file is wrong: all accounts of {unit} come to {sum} rather than 0; serve it, and run: tombola reconcile"
    )]
    Ledger {
        /// The unit.
        unit: String,
        /// What its accounts come to.
        sum: i64,
    },
    /// A value of the file's that can't be kept elsewhere.
    #[error("{table} ({key}): {column} can't be copied: {why}")]
    Value {
        /// The table.
        table: String,
        /// The row's key.
        key: String,
        /// The column.
        column: String,
        /// Why.
        why: String,
    },
    /// The server did not take rows.
    #[error("rows of {table} from ({key}) on could not be written; run the same again, which goes on with them")]
    Write {
        /// The table.
        table: String,
        /// The key of the first.
        key: String,
        /// What the server says.
        source: sqlx::Error,
    },
    /// The proof failed: the target is not served, unless it was proven before.
    #[error("{table} ({key}) {difference}; nothing is lost in the file: begin anew with an empty database")]
    Differs {
        /// The table.
        table: String,
        /// The row's key.
        key: String,
        /// What of it.
        difference: String,
    },
    /// The same rows, and other sums.
    #[error("{what} is not the same on both sides; begin anew with an empty database")]
    Sums {
        /// What was summed up.
        what: &'static str,
    },
}

impl CopyError {
    /// Whether the same may succeed when it is run again: the connection was lost, or there was no room.
    pub fn is_interrupted(&self) -> bool {
        match self {
            Self::Target(source) | Self::Write { source, .. } => {
                matches!(Failure::of(source), Failure::Lost | Failure::Full)
            }
            _ => false,
        }
    }
}

/// One of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Source,
    Target,
}

impl Side {
    /// What makes an error of a driver's.
    pub(crate) fn failed(self) -> impl FnOnce(sqlx::Error) -> CopyError {
        match self {
            Self::Source => CopyError::Source,
            Self::Target => CopyError::Target,
        }
    }
}
