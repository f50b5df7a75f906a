//! An error with all that it is due to, for the log.

use std::error::Error;
use std::fmt;

/// Writes an error and its causes on one line, from what failed to why. A log line that holds the first alone tells nobody what to do.
#[derive(Debug, Clone, Copy)]
pub struct Causes<'a>(pub &'a dyn Error);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)?;
        let causes = std::iter::successors(self.0.source(), |error| (*error).source());
        causes.into_iter().try_for_each(|cause| write!(out, ": {cause}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Because(&'static str, #[source] Option<Box<Self>>);

    #[test]
    fn all_causes_stand_on_one_line() {
        let alone = Because("the disk is full", None);
        assert_eq!(Causes(&alone).to_string(), "the disk is full");
        let error = Because("no batch", Some(Box::new(Because("no write", Some(Box::new(alone))))));
        assert_eq!(Causes(&error).to_string(), "no batch: no write: the disk is full");
    }
}
