/// What goes wrong beneath the contract.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database could not be asked, or did not answer in time. What was written is unknown where a commit was under way.
    #[error("the database is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The disk is full. What was being written was undone, and nothing is in doubt.
    #[error("the disk of the database is full")]
    Full(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What was to be written breaks a rule of the database's own, and was undone: what it follows from is damaged.
    #[error("what was to be written is not allowed by the database, so that what it follows from is damaged")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
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
    /// A commit failed in a way that leaves in doubt what is on the disk. Nothing more can be committed until the store is opened
    /// anew; the process must end.
    #[error("a commit failed and left in doubt what is on the disk; the store must be opened anew")]
    Broken,
    /// Another process took over a file, or the other hosts of a database took this one for dead or late. Nothing more can be committed; the
    /// process must end.
    #[error("another process has taken over this database, or took this one for dead")]
    Fenced,
}

impl StoreError {
    /// Whether it is due to what is kept rather than to how the database fares: the same again comes to the same, and other rows may do.
    pub const fn is_damage(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Corrupt { .. })
    }
}

/// The result of asking a store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
