use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::postgres::{PgDatabaseError, PgSeverity};
use sqlx::sqlite::SqliteError;

/// What a statement that failed says of what is kept: the same again comes to the same, and of other rows it may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Damage {
    /// What was to be written breaks a constraint.
    Refused,
    /// What is there can't be made sense of.
    Unreadable,
}

impl Damage {
    /// What a driver's error says; `None` where it is due to anything else.
    pub(crate) fn of(error: &sqlx::Error) -> Option<Self> {
        match error {
            sqlx::Error::Database(error) if error.kind() != ErrorKind::Other => Some(Self::Refused),
            sqlx::Error::Database(error) => is_unreadable(&**error).then_some(Self::Unreadable),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Some(Self::Unreadable),
            _ => None,
        }
    }
}

fn is_unreadable(error: &dyn DatabaseError) -> bool {
    if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
        return of_postgres(error.severity(), error.code());
    }
    let error = error.try_downcast_ref::<SqliteError>();
    let extended = error.and_then(|error| error.code()?.parse().ok());
    error.zip(extended).is_some_and(|(error, extended)| of_sqlite(extended, error.message()))
}

/// What it does not understand of a value it tells as a mistake of the statement's, which only its words show. That the file is malformed
/// it also says where the disk can't be read, which may pass, and concerns no row.
fn of_sqlite(extended: u32, message: &str) -> bool {
    extended == ERROR && OF_VALUES.contains(&message)
}

/// After a fatal error the server hangs up, whatever it found.
fn of_postgres(severity: PgSeverity, code: &str) -> bool {
    let is_ours = !matches!(severity, PgSeverity::Fatal | PgSeverity::Panic);
    is_ours && (code.starts_with(DATA_EXCEPTION) || CORRUPTED.contains(&code))
}

const ERROR: u32 = 1;
const OF_VALUES: [&str; 4] =
    ["malformed JSON", "JSON cannot hold BLOB values", "json_object() labels must be TEXT", "integer overflow"];

/// The class of what is wrong with values.
const DATA_EXCEPTION: &str = "22";
/// Of a table, and of an index.
const CORRUPTED: [&str; 2] = ["XX001", "XX002"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sqlite_can_t_make_sense_of_is_told_by_code_and_words() {
        let check = |code, message, expected| assert_eq!(of_sqlite(code, message), expected, "{code} {message}");
        check(1, "malformed JSON", true);
        check(1, "integer overflow", true);
        check(1, "no such table: draws", false);
        check(11, "database disk image is malformed", false);
        check(5, "database is locked", false);
        check(13, "database or disk is full", false);
        check(266, "disk I/O error", false);
    }

    #[test]
    fn what_postgres_can_t_make_sense_of_is_told_by_severity_and_code() {
        let check = |severity, code, expected| assert_eq!(of_postgres(severity, code), expected, "{code}");
        check(PgSeverity::Error, "22P02", true);
        check(PgSeverity::Error, "22003", true);
        check(PgSeverity::Error, "XX001", true);
        check(PgSeverity::Error, "XX000", false);
        check(PgSeverity::Error, "40001", false);
        check(PgSeverity::Error, "57014", false);
        check(PgSeverity::Fatal, "XX001", false);
    }

    #[test]
    fn what_the_driver_can_t_decode_is_unreadable() {
        let wrong = || "no such".into();
        assert_eq!(Damage::of(&sqlx::Error::Decode(wrong())), Some(Damage::Unreadable));
        let column = sqlx::Error::ColumnDecode { index: "unit".to_owned(), source: wrong() };
        assert_eq!(Damage::of(&column), Some(Damage::Unreadable));
        assert_eq!(Damage::of(&sqlx::Error::RowNotFound), None);
        assert_eq!(Damage::of(&sqlx::Error::Protocol("half a message".into())), None);
    }
}
