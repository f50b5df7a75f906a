use sqlx::error::DatabaseError;
use sqlx::sqlite::SqliteError;

/// What a statement that failed says of what was to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Nothing, or that it was not to be: it was undone.
    Undone,
    /// There was no room, and it was undone.
    Full,
    /// Something was to be written or synced, and did not get there.
    Disk,
    /// Something else, of which nobody knows.
    Other,
}

impl Failure {
    /// What a driver's error says.
    pub fn of(error: &sqlx::Error) -> Self {
        let error = error.as_database_error().and_then(|error| error.try_downcast_ref::<SqliteError>());
        error.map_or(Self::Other, Self::of_sqlite)
    }

    /// By SQLite's extended result code, whose lowest byte is the primary one.
    pub(super) fn of_sqlite(error: &SqliteError) -> Self {
        error.code().and_then(|code| code.parse().ok()).map_or(Self::Other, Self::of_sqlite_code)
    }

    fn of_sqlite_code(extended: u32) -> Self {
        match (extended, extended.to_le_bytes()[0]) {
            (IOERR_WRITE | IOERR_FSYNC | IOERR_DIR_FSYNC | IOERR_TRUNCATE, _) => Self::Disk,
            (_, FULL) => Self::Full,
            (_, BUSY | CONSTRAINT) => Self::Undone,
            _ => Self::Other,
        }
    }
}

/// SQLite's code for a statement that was not to be, such as a rollback where nothing is open.
pub(super) const ERROR: u8 = 1;
const BUSY: u8 = 5;
const FULL: u8 = 13;
const CONSTRAINT: u8 = 19;
const IOERR_WRITE: u32 = 778;
const IOERR_FSYNC: u32 = 1034;
const IOERR_DIR_FSYNC: u32 = 1290;
const IOERR_TRUNCATE: u32 = 1546;

/// SQLite's primary result code, without the detail of extended ones.
pub(super) fn sqlite_primary_code(error: &sqlx::Error) -> Option<u8> {
    let error = error.as_database_error()?.try_downcast_ref::<SqliteError>()?;
    let extended: u32 = error.code()?.parse().ok()?;
    Some(extended.to_le_bytes()[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_by_their_codes() {
        let check = |code, expected| assert_eq!(Failure::of_sqlite_code(code), expected, "{code}");
        check(5, Failure::Undone);
        check(2067, Failure::Undone);
        check(13, Failure::Full);
        check(778, Failure::Disk);
        check(1034, Failure::Disk);
        check(266, Failure::Other);
    }
}
