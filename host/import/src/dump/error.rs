use std::fmt;

use sqlparser::tokenizer::Location;

/// Why a dump can't be read: where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DumpError {
    /// From 1.
    pub line: u64,
    /// In characters, from 1.
    pub column: u64,
    /// What is wrong there.
    pub message: String,
    /// What to do about it.
    pub hint: &'static str,
}

impl DumpError {
    pub(super) fn at(place: Location, message: impl Into<String>, hint: &'static str) -> Self {
        Self { line: place.line, column: place.column, message: message.into(), hint }
    }
}

impl fmt::Display for DumpError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, message, hint } = self;
        write!(out, "line {line}, column {column}: {message}; {hint}")
    }
}

impl std::error::Error for DumpError {}
