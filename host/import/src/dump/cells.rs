//! From cells of a dump to values.

use std::str::FromStr;

use super::{Row, Value};

/// What is shown of a cell, in characters.
const SHOWN_MAX: usize = 40;

/// A cell that doesn't hold what its column must.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{table}, line {line}, column {column}: {message}; {hint}")]
pub struct CellError {
    /// The table.
    pub table: &'static str,
    /// The line of the row, from 1.
    pub line: u64,
    /// The column.
    pub column: &'static str,
    /// What is wrong there.
    pub message: String,
    /// What to do about it.
    pub hint: &'static str,
}

/// One row of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cells<'d> {
    pub(crate) table: &'static str,
    pub(crate) row: &'d Row,
}

/// A time as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Time {
    pub(crate) text: String,
    /// The zone that the dump says of it, if it does.
    pub(crate) zone: Option<String>,
}

impl Cells<'_> {
    pub(crate) fn text(&self, column: &'static str) -> Result<String, CellError> {
        let missing = || self.error(column, "a value is needed", "set one, or leave the row out of the dump");
        self.text_or_none(column)?.ok_or_else(missing)
    }

    /// `None` also where the row has no such column: schemas grew over time.
    pub(crate) fn text_or_none(&self, column: &'static str) -> Result<Option<String>, CellError> {
        match self.row.value(column) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text.clone())),
            Some(Value::Expression) => {
                Err(self.error(column, "only a server can compute this", "dump what it has stored there"))
            }
        }
    }

    pub(crate) fn time(&self, column: &'static str) -> Result<Time, CellError> {
        Ok(Time { text: self.text(column)?, zone: self.row.zone(column).map(str::to_owned) })
    }

    pub(crate) fn parsed<T: FromStr>(&self, column: &'static str, needed: &str) -> Result<T, CellError> {
        self.parse(column, &self.text(column)?, needed)
    }

    pub(crate) fn parsed_or_none<T: FromStr>(
        &self,
        column: &'static str,
        needed: &str,
    ) -> Result<Option<T>, CellError> {
        let text = self.text_or_none(column)?;
        text.map(|text| self.parse(column, &text, needed)).transpose()
    }

    fn parse<T: FromStr>(&self, column: &'static str, text: &str, needed: &str) -> Result<T, CellError> {
        let wrong = || {
            let message = format!("'{}' is not {needed}", shown(text));
            self.error(column, message, "mend it, or leave the row out of the dump")
        };
        text.trim().parse().map_err(|_| wrong())
    }

    fn error(&self, column: &'static str, message: impl Into<String>, hint: &'static str) -> CellError {
        CellError { table: self.table, line: self.row.line, column, message: message.into(), hint }
    }
}

/// The beginning of a text, on one line.
fn shown(text: &str) -> String {
    let plain = |one: char| if one.is_control() { ' ' } else { one };
    let (mut rest, mut shown) = (text.chars(), String::new());
    shown.extend(rest.by_ref().take(SHOWN_MAX).map(plain));
    if rest.next().is_some() { shown + "…" } else { shown }
}
