//! From cells of a dump to values.

use std::str::FromStr;

use crate::dump::{Row, Value};

/// A cell that doesn't hold what its column must.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{table}, line {line}, column {column}: {message}")]
pub struct CellError {
    /// The table.
    pub table: &'static str,
    /// The line of the row, from 1.
    pub line: u64,
    /// The column.
    pub column: &'static str,
    /// What is wrong, and what is needed.
    pub message: String,
}

/// One row of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cells<'d> {
    pub(super) table: &'static str,
    pub(super) row: &'d Row,
}

impl Cells<'_> {
    pub(super) fn text(&self, column: &'static str) -> Result<String, CellError> {
        self.text_or_none(column)?.ok_or_else(|| self.error(column, "a value is needed"))
    }

    /// `None` also where the row has no such column: schemas grew over time.
    pub(super) fn text_or_none(&self, column: &'static str) -> Result<Option<String>, CellError> {
        match self.row.value(column) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text.clone())),
            Some(Value::Expression) => Err(self.error(column, "only a server can compute this; dump what it stored")),
        }
    }

    pub(super) fn parsed<T: FromStr>(&self, column: &'static str, needed: &str) -> Result<T, CellError> {
        self.parse(column, &self.text(column)?, needed)
    }

    pub(super) fn parsed_or_none<T: FromStr>(
        &self,
        column: &'static str,
        needed: &str,
    ) -> Result<Option<T>, CellError> {
        let text = self.text_or_none(column)?;
        text.map(|text| self.parse(column, &text, needed)).transpose()
    }

    fn parse<T: FromStr>(&self, column: &'static str, text: &str, needed: &str) -> Result<T, CellError> {
        text.trim().parse().map_err(|_| self.error(column, &format!("'{text}' is not {needed}")))
    }

    fn error(&self, column: &'static str, message: &str) -> CellError {
        CellError { table: self.table, line: self.row.line, column, message: message.to_owned() }
    }
}
