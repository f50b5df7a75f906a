//! What the program ends with.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | refused: findings that block a publish, an answer other than the wished one, a host that could not start |
//! | 2 | usage: a flag, a setting or a file that can't be used |
//! | 3 | unavailable: the host or the database can't be reached, or says that the same may succeed later |
//! | 4 | of receipts: every hash holds, and not every receipt was authenticated and run again |
//! | 5 | of receipts: every hash holds, and another engine version made some of them |

use std::process::ExitCode;

use tombola_copy::CopyError;
use tombola_store_postgres::OpenError;

use crate::client::ClientError;
use crate::report::printable_lines;

/// The exit codes, for `--help`.
pub(crate) const HELP: &str = "Exit codes:
  0  done
  1  refused: findings that block a publish, another answer than the wished one, a host that could not start
  2  usage: a flag, a setting or a file that can't be used
  3  unavailable: the host or the database can't be reached, or says that the same may succeed later
  4  of receipts: every hash holds, and not every receipt was authenticated and run again
  5  of receipts: every hash holds, and another engine version made some of them";

const REFUSED: u8 = 1;
const USAGE: u8 = 2;
const UNAVAILABLE: u8 = 3;
const UNAUTHENTICATED: u8 = 4;
const OTHER_ENGINE: u8 = 5;

/// How a command ended that went to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// As wished.
    Done,
    /// It was refused, and the command has said why.
    Refused,
    /// Receipts hold together, but for some of them nothing says who made them, or they could not be run again.
    Unauthenticated,
    /// Receipts hold together, but some were made by another engine.
    OtherEngine,
}

/// Something that the caller typed, set or named can't be used.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct UsageError {
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl UsageError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None }
    }

    pub(crate) fn of(message: impl Into<String>, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { message: message.into(), source: Some(source.into()) }
    }
}

/// The code of a result; what went wrong is told on standard error.
pub(crate) fn code(result: &anyhow::Result<Ended>) -> ExitCode {
    match result {
        Ok(Ended::Done) => ExitCode::SUCCESS,
        Ok(Ended::Refused) => ExitCode::from(REFUSED),
        Ok(Ended::Unauthenticated) => ExitCode::from(UNAUTHENTICATED),
        Ok(Ended::OtherEngine) => ExitCode::from(OTHER_ENGINE),
        Err(error) => {
            eprintln!("{}", printable_lines(&format!("error: {error:#}")));
            ExitCode::from(code_of(error))
        }
    }
}

fn code_of(error: &anyhow::Error) -> u8 {
    let is_unavailable = |error: &ClientError| error.is_unavailable();
    let is_unreachable = |error: &OpenError| matches!(error, OpenError::Database { .. } | OpenError::Busy { .. });
    let is_interrupted = |error: &CopyError| error.is_interrupted();
    if error.chain().any(<dyn std::error::Error>::is::<UsageError>) {
        USAGE
    } else if error.chain().filter_map(|error| error.downcast_ref()).any(is_unavailable)
        || error.chain().filter_map(|error| error.downcast_ref()).any(is_unreachable)
        || error.chain().filter_map(|error| error.downcast_ref()).any(is_interrupted)
    {
        UNAVAILABLE
    } else {
        REFUSED
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn the_code_tells_what_kind_of_end_it_was() {
        let usage = anyhow::Error::new(UsageError::new("no such file"));
        assert_eq!(code_of(&usage.context("while reading")), USAGE);
        assert_eq!(code_of(&anyhow::Error::new(ClientError::Answer("not JSON".to_owned()))), REFUSED);
        assert_eq!(code_of(&anyhow!("the store failed")), REFUSED);
    }
}
