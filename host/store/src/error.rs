/// What goes wrong beneath the contract.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database could not be asked, or did not answer in time. What was written is unknown where a commit was under way.
    #[error("the database is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row holds what no version of this program writes there.
    #[error("table {table}, column {column}, row {row}: {reason}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's key.
        row: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Another host took over this committer. Nothing more can be committed; the process must end.
    #[error("another process has taken over this database")]
    Fenced,
}

/// The result of asking a store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
