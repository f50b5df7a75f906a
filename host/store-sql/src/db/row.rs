use std::fmt::Debug;

use sqlx::error::BoxDynError;
use sqlx::postgres::{PgRow, PgValueRef};
use sqlx::sqlite::SqliteRow;
use sqlx::{ColumnIndex, Decode, Row as _, Sqlite, Type, ValueRef as _};

use super::postgres;

/// A row that was found.
pub enum Row {
    /// In a file.
    Sqlite(SqliteRow),
    /// By a server.
    Postgres(PgRow),
}

/// What a column can be read as.
pub trait Column<'r>: Decode<'r, Sqlite> + Type<Sqlite> {
    /// What Postgres has there, unless it is null.
    fn of_postgres(value: PgValueRef<'r>) -> Result<Self, BoxDynError>;

    /// What stands for null.
    fn null() -> Result<Self, BoxDynError> {
        Err(Box::new(sqlx::error::UnexpectedNullError))
    }
}

/// What says which column: its name, or its number from 0.
pub trait Index: ColumnIndex<SqliteRow> + ColumnIndex<PgRow> + Copy + Debug {}

impl<T: ColumnIndex<SqliteRow> + ColumnIndex<PgRow> + Copy + Debug> Index for T {}

impl Row {
    /// The value of a column.
    pub fn try_get<'r, T: Column<'r>, I: Index>(&'r self, column: I) -> Result<T, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => {
                let value = row.try_get_raw(column)?;
                let read = if value.is_null() { T::null() } else { T::of_postgres(value) };
                read.map_err(|source| sqlx::Error::ColumnDecode { index: format!("{column:?}"), source })
            }
        }
    }

    /// What a column of text or integers holds, for whoever looks for the row; `?` where it can't be read.
    pub fn shown(&self, column: &str) -> String {
        let text = || self.try_get::<String, _>(column);
        let number = || self.try_get::<i64, _>(column).map(|number| number.to_string());
        text().or_else(|_| number()).unwrap_or_else(|_| "?".to_owned())
    }
}

impl<'r, T: Column<'r>> Column<'r> for Option<T> {
    fn of_postgres(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        T::of_postgres(value).map(Some)
    }

    fn null() -> Result<Self, BoxDynError> {
        Ok(None)
    }
}

impl<'r> Column<'r> for bool {
    fn of_postgres(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        postgres::integer(&value).map(|number| number != 0)
    }
}

impl<'r> Column<'r> for &'r str {
    fn of_postgres(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        postgres::text(&value)
    }
}

impl<'r> Column<'r> for String {
    fn of_postgres(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        postgres::text(&value).map(str::to_owned)
    }
}

impl<'r> Column<'r> for &'r [u8] {
    fn of_postgres(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        postgres::bytes(&value)
    }
}

impl<'r> Column<'r> for Vec<u8> {
    fn of_postgres(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        postgres::bytes(&value).map(<[u8]>::to_vec)
    }
}

macro_rules! integer {
    ($($type:ty),*) => {
        $(impl<'r> Column<'r> for $type {
            fn of_postgres(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
                Ok(postgres::integer(&value)?.try_into()?)
            }
        })*
    };
}

integer!(i64, i32, u32, u16, u8);
