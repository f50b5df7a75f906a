use std::sync::Arc;

use tombola_store::StoreError;

/// Why the database gave no answer; the source of [`StoreError::Unavailable`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unavailable {
    #[error("no answer came within the deadline")]
    Deadline,
    #[error("too many writes are waiting")]
    Queue,
    #[error("there was no room for the latest write")]
    Room,
    #[error("the store is closed")]
    Closed,
    #[error("what was staged is not there any more")]
    Staging,
    #[error("a task of the store's has ended")]
    Task(#[source] tokio::task::JoinError),
    #[error("SQLite answered with an error")]
    Sqlite(#[from] sqlx::Error),
    #[error("SQLite answered a statement of several calls with an error")]
    Shared(#[source] Arc<sqlx::Error>),
}

impl From<Unavailable> for StoreError {
    fn from(error: Unavailable) -> Self {
        match &error {
            Unavailable::Sqlite(cause) if Failure::of(cause) == Failure::Full => Self::Full(Box::new(error)),
            Unavailable::Sqlite(cause) if primary_code(cause) == Some(CONSTRAINT) => Self::Refused(Box::new(error)),
            _ => Self::Unavailable(Box::new(error)),
        }
    }
}

/// What a statement that failed says of what was to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Nothing, or that it was not to be: it was undone.
    Undone,
    /// There was no room, and it was undone.
    Full,
    /// SQLite wrote or synced something, and was told that it did not get there.
    Disk,
    /// Something else, of which nobody knows.
    Other,
}

impl Failure {
    pub(crate) fn of(error: &sqlx::Error) -> Self {
        error.as_database_error().map_or(Self::Other, |error| Self::of_code(error.code().as_deref()))
    }

    /// By SQLite's extended result code, whose lowest byte is the primary one.
    pub(crate) fn of_code(code: Option<&str>) -> Self {
        let Some(extended) = code.and_then(|code| code.parse::<u32>().ok()) else { return Self::Other };
        match (extended, extended.to_le_bytes()[0]) {
            (IOERR_WRITE | IOERR_FSYNC | IOERR_DIR_FSYNC | IOERR_TRUNCATE, _) => Self::Disk,
            (_, FULL) => Self::Full,
            (_, BUSY | CONSTRAINT) => Self::Undone,
            _ => Self::Other,
        }
    }
}

/// SQLite's code for a statement that was not to be, such as a rollback where nothing is open.
pub(crate) const ERROR: u8 = 1;
const BUSY: u8 = 5;
const FULL: u8 = 13;
const CONSTRAINT: u8 = 19;
const IOERR_WRITE: u32 = 778;
const IOERR_FSYNC: u32 = 1034;
const IOERR_DIR_FSYNC: u32 = 1290;
const IOERR_TRUNCATE: u32 = 1546;

/// SQLite's primary result code, without the detail of extended ones.
pub(crate) fn primary_code(error: &sqlx::Error) -> Option<u8> {
    let extended: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended.to_le_bytes()[0])
}

/// For results of the driver, which the contract does not know.
pub(crate) fn unavailable(error: sqlx::Error) -> StoreError {
    Unavailable::from(error).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_by_their_codes() {
        let check = |code: Option<u32>, expected| {
            assert_eq!(Failure::of_code(code.map(|code| code.to_string()).as_deref()), expected, "{code:?}");
        };
        check(Some(5), Failure::Undone);
        check(Some(2067), Failure::Undone);
        check(Some(13), Failure::Full);
        check(Some(778), Failure::Disk);
        check(Some(1034), Failure::Disk);
        check(Some(266), Failure::Other);
        check(None, Failure::Other);
    }
}
