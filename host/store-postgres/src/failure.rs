use sqlx::postgres::{PgDatabaseError, PgSeverity};

/// What a statement that failed says of what was to be written. This is the one place where errors of the server's are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// That it was not to be: the transaction can only be undone. May be tried again, if it was not the statement's own fault.
    Undone,
    /// There was no room, and it was undone.
    Full,
    /// The connection is lost. What was begun on it is undone, unless it was being committed: then nobody knows.
    Lost,
}

impl Failure {
    /// What an error of the driver's says.
    pub fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => match error.try_downcast_ref::<PgDatabaseError>() {
                Some(error) => Self::of_code(error.severity(), error.code()),
                None => Self::Undone,
            },
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

    /// After a fatal error the server hangs up.
    fn of_code(severity: PgSeverity, code: &str) -> Self {
        match (severity, code) {
            (PgSeverity::Fatal | PgSeverity::Panic, _) => Self::Lost,
            (_, DISK_FULL) => Self::Full,
            _ => Self::Undone,
        }
    }
}

const DISK_FULL: &str = "53100";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_by_severity_and_code() {
        let check = |severity, code, expected| assert_eq!(Failure::of_code(severity, code), expected, "{code}");
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
