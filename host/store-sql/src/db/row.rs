use sqlx::sqlite::SqliteRow;
use sqlx::{ColumnIndex, Decode, Row as _, Sqlite, Type};

/// A row that was found.
pub enum Row {
    /// In a file.
    Sqlite(SqliteRow),
}

/// What a column can be read as.
pub trait Column<'r>: Decode<'r, Sqlite> + Type<Sqlite> {}

impl<'r, T: Decode<'r, Sqlite> + Type<Sqlite>> Column<'r> for T {}

/// What says which column: its name, or its number from 0.
pub trait Index: ColumnIndex<SqliteRow> {}

impl<T: ColumnIndex<SqliteRow>> Index for T {}

impl Row {
    /// The value of a column.
    pub fn try_get<'r, T: Column<'r>, I: Index>(&'r self, column: I) -> Result<T, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(column),
        }
    }

    /// What a column of text or integers holds, for whoever looks for the row; `?` where it can't be read.
    pub fn shown(&self, column: &str) -> String {
        let text = || self.try_get::<String, _>(column);
        let number = || self.try_get::<i64, _>(column).map(|number| number.to_string());
        text().or_else(|_| number()).unwrap_or_else(|_| "?".to_owned())
    }
}
