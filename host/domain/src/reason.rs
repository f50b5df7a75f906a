//! Why an operator did something, in their own words.

use std::fmt;
use std::str::FromStr;

/// The longest reason, in bytes: a few sentences. It is kept for ever, with the record of what was done.
pub const REASON_BYTES_MAX: usize = 500;

/// A line of text, or none. It may name people, so that it is never logged, nor shown by `{:?}`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Reason(String);

/// A text that is no reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReasonError {
    /// It is longer than [`REASON_BYTES_MAX`].
    #[error("at most {REASON_BYTES_MAX} bytes are allowed")]
    TooLong,
    /// A terminal that shows it would obey it.
    #[error("line breaks and other control characters are not allowed")]
    Control,
}

impl Reason {
    /// The text; empty where none was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Reason {
    type Err = ReasonError;

    fn from_str(text: &str) -> Result<Self, ReasonError> {
        if text.len() > REASON_BYTES_MAX {
            return Err(ReasonError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(ReasonError::Control);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Reason(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_bounded_line() {
        for good in ["", "because, says Zoë", &"x".repeat(REASON_BYTES_MAX)] {
            let reason: Reason = good.parse().unwrap();
            assert_eq!(reason.as_str(), good);
            assert_eq!(format!("{reason:?}"), "Reason(…)");
        }
        assert_eq!("x".repeat(REASON_BYTES_MAX + 1).parse::<Reason>(), Err(ReasonError::TooLong));
        assert_eq!("ä".repeat(251).parse::<Reason>(), Err(ReasonError::TooLong));
        for bad in ["a\nb", "\u{1b}[2J", "\u{85}"] {
            assert_eq!(bad.parse::<Reason>(), Err(ReasonError::Control), "{bad:?}");
        }
    }
}
