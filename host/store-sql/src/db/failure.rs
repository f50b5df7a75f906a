use sqlx::error::DatabaseError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};
use sqlx::sqlite::SqliteError;

/// What a statement that failed says of what was to be written. Here and in [`Damage`](super::Damage) alone errors of drivers are told
/// apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// That it was not to be: the transaction can only be undone. May be tried again, if it was not the statement's own fault.
    Undone,
    /// There was no room, and it was undone.
    Full,
    /// Something was to be written or synced, and did not get there.
    Disk,
    /// The connection is lost, or something else happened. What was begun is undone, unless it was being committed: then nobody
    /// knows.
    Lost,
}

impl Failure {
    /// What a driver's error says.
    pub fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => Self::of_database(&**error),
            // It was found wrong on this side, of an answer that came or before anything was sent.
            sqlx::Error::RowNotFound
            | sqlx::Error::TypeNotFound { .. }
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Encode(_)
            | sqlx::Error::Decode(_) => Self::Undone,
            _ => Self::Lost,
        }
    }

    /// What a database's own error says.
    pub fn of_database(error: &dyn DatabaseError) -> Self {
        if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
            return Self::of_postgres(error.severity(), error.code());
        }
        let extended = error.try_downcast_ref::<SqliteError>().and_then(|error| error.code()?.parse().ok());
        extended.map_or(Self::Lost, Self::of_sqlite)
    }

    /// By SQLite's extended result code, whose lowest byte is the primary one.
    fn of_sqlite(extended: u32) -> Self {
        match (extended, extended.to_le_bytes()[0]) {
            (IOERR_WRITE | IOERR_FSYNC | IOERR_DIR_FSYNC | IOERR_TRUNCATE, _) => Self::Disk,
            (_, FULL) => Self::Full,
            (_, BUSY | CONSTRAINT) => Self::Undone,
            _ => Self::Lost,
        }
    }

    /// After a fatal error the server hangs up.
    fn of_postgres(severity: PgSeverity, code: &str) -> Self {
        match (severity, code) {
            (PgSeverity::Fatal | PgSeverity::Panic, _) => Self::Lost,
            (_, DISK_FULL) => Self::Full,
            _ => Self::Undone,
        }
    }
}

const BUSY: u8 = 5;
const FULL: u8 = 13;
const CONSTRAINT: u8 = 19;
const IOERR_WRITE: u32 = 778;
const IOERR_FSYNC: u32 = 1034;
const IOERR_DIR_FSYNC: u32 = 1290;
const IOERR_TRUNCATE: u32 = 1546;

const DISK_FULL: &str = "53100";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_sqlite_are_told_by_their_codes() {
        let check = |code, expected| assert_eq!(Failure::of_sqlite(code), expected, "{code}");
        check(5, Failure::Undone);
        check(2067, Failure::Undone);
        check(13, Failure::Full);
        check(778, Failure::Disk);
        check(1034, Failure::Disk);
        check(266, Failure::Lost);
    }

    #[test]
    fn failures_of_postgres_are_told_by_severity_and_code() {
        let check = |severity, code, expected| assert_eq!(Failure::of_postgres(severity, code), expected, "{code}");
        check(PgSeverity::Error, "40001", Failure::Undone);
        check(PgSeverity::Error, "40P01", Failure::Undone);
        check(PgSeverity::Error, "23505", Failure::Undone);
        check(PgSeverity::Error, "57014", Failure::Undone);
        check(PgSeverity::Error, "53100", Failure::Full);
        check(PgSeverity::Fatal, "57P01", Failure::Lost);
        check(PgSeverity::Panic, "53100", Failure::Lost);
    }

    #[test]
    fn whatever_is_no_answer_is_a_loss() {
        assert_eq!(Failure::of(&sqlx::Error::Io(std::io::ErrorKind::BrokenPipe.into())), Failure::Lost);
        assert_eq!(Failure::of(&sqlx::Error::Protocol("half a message".into())), Failure::Lost);
        assert_eq!(Failure::of(&sqlx::Error::RowNotFound), Failure::Undone);
    }
}
