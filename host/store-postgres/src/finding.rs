/// What is wrong with a database and the server that it is on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// It is too old.
    #[error("the server has version {0}, and this program needs 15 or later")]
    Version(String),
    /// Not every text has its place in the database.
    #[error("the database's encoding is {0} rather than UTF8")]
    Encoding(String),
    /// What is answered could be lost.
    #[error("synchronous_commit is off: a crash would lose draws that were answered")]
    Asynchronous,
    /// It takes no writes.
    #[error("the server is a replica, which takes no writes")]
    Replica,
    /// Nothing is ever on the disk for sure.
    #[error("fsync is off: a power cut would lose or destroy what was committed")]
    Unsynced,
    /// What is on the disk may be destroyed.
    #[error("full_page_writes is off: a power cut in the middle of a page would destroy it")]
    TornPages,
    /// Something else made the schema.
    #[error("the schema \"tombola\" of the database is another program's")]
    Foreign,
    /// An older program must not write to it.
    #[error("the database has version {found}, and this program knows versions up to {known}")]
    Newer {
        /// Its version.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// It is not up to this program's version.
    #[error("the database has version {found}, and this program needs {needed}")]
    Pending {
        /// Its version; 0 where there is nothing in it.
        found: i64,
        /// This program's version.
        needed: i64,
    },
    /// It holds a part of another database.
    #[error("a copy into the database is not done")]
    Unfinished,
    /// Whoever listens learns everything.
    #[error("the connection goes over a network, and is not encrypted")]
    Unencrypted,
    /// Whoever stands between learns everything all the same.
    #[error("the connection is encrypted, and whoever answers is taken for the server")]
    Unproven,
    /// What grows stays for ever.
    #[error(
        "the user may make no tables in the schema \"tombola\", or does not own those that are there: receipts can't be parted and dropped"
    )]
    Unparted,
    /// Windows open and close by the host's clock.
    #[error("this machine's clock is {0} ms ahead of the server's (behind it, where that is below zero)")]
    Clock(i64),
}

impl Finding {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Version(_) => "use a newer server",
            Self::Encoding(_) => "create another database: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
            Self::Asynchronous => "set it to on; for this user alone: ALTER ROLE … SET synchronous_commit = on",
            Self::Replica => "name the primary server",
            Self::Unsynced => "set fsync = on for the server, and have it read its settings again",
            Self::TornPages => "set full_page_writes = on for the server, and have it read its settings again",
            Self::Foreign => "use another database",
            Self::Newer { .. } => "use a newer program",
            Self::Pending { .. } => "run: tombola migrate",
            Self::Unfinished => {
                "run the same tombola copy again, which goes on with it; or begin anew: DROP SCHEMA tombola CASCADE"
            }
            Self::Unencrypted | Self::Unproven => {
                "add sslmode=verify-full to the address, and sslrootcert=… where the server's authority is your own"
            }
            Self::Unparted => {
                "give it the schema and all of its tables: ALTER SCHEMA tombola OWNER TO …, ALTER TABLE … OWNER TO …"
            }
            Self::Clock(_) => "have both machines set their clocks by the same source",
        }
    }

    /// Whether a host starts all the same.
    pub(crate) fn is_tolerated(&self) -> bool {
        matches!(
            self,
            Self::Unsynced | Self::TornPages | Self::Unencrypted | Self::Unproven | Self::Unparted | Self::Clock(_)
        )
    }

    /// Whether a host starts all the same, and nothing that it answers can be lost.
    pub fn is_harmless(&self) -> bool {
        matches!(self, Self::Unencrypted | Self::Unproven | Self::Unparted | Self::Clock(_))
    }
}
